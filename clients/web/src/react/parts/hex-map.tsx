import { type PointerEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import {
  createHexMap,
  type Footprint,
  fillOf,
  type HexCell,
  type HexMapLayout,
  type Outline,
} from '../../parts/hex-map.ts';

export interface HexMapProps {
  readonly cells: readonly HexCell[];
  readonly footprints?: readonly Footprint[];
  /** The content of the picture in words, for those who do not see it. Give the numbers as a list beside it. */
  readonly label: string;
  readonly selected?: string | undefined;
  readonly onSelect?: (cell: string | undefined) => void;
}

/**
 * The server's hexagons on a canvas as large as its place. Cells have the CSS `color` of the canvas, footprints the
 * colour of its outline (`outline-color`). A click selects a cell.
 */
export function HexMap({ cells, footprints, label, selected, onSelect }: HexMapProps): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(canvas);
  const map = useMemo(
    () => createHexMap({ cells, width, height, ...(footprints && { footprints }) }),
    [cells, footprints, width, height],
  );
  useEffect(() => {
    const { current } = canvas;
    if (!current || width === 0) return undefined;
    const paint = () => draw(current, map, width, height, selected);
    paint();
    // Colours are the style sheet's, which has another set in the dark.
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const theme = new MutationObserver(paint);
    theme.observe(document.documentElement, { attributes: true });
    dark.addEventListener('change', paint);
    return () => {
      theme.disconnect();
      dark.removeEventListener('change', paint);
    };
  }, [map, width, height, selected]);
  function select({ nativeEvent: { offsetX, offsetY } }: PointerEvent): void {
    onSelect?.(map.cellAt(offsetX, offsetY)?.properties.cell);
  }
  return (
    <canvas ref={canvas} className="tambuli-hexmap" role="img" aria-label={label} onPointerDown={select} />
  );
}

function useSize(canvas: { readonly current: HTMLCanvasElement | null }) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const { current } = canvas;
    if (!current) return undefined;
    const measure = () => setSize({ width: current.clientWidth, height: current.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, [canvas]);
  return size;
}

function draw(
  canvas: HTMLCanvasElement,
  map: HexMapLayout,
  width: number,
  height: number,
  selected?: string,
): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  const { color, outlineColor } = getComputedStyle(canvas);
  context.fillStyle = color;
  for (const { cell, outlines } of map.cells) {
    context.globalAlpha = fillOf(cell.properties.intensity);
    for (const outline of outlines) context.fill(pathOf(outline));
    context.globalAlpha = 1;
    context.strokeStyle = color;
    context.lineWidth = cell.properties.cell === selected ? 3 : 0.75;
    for (const outline of outlines) context.stroke(pathOf(outline));
  }
  context.strokeStyle = outlineColor;
  context.lineWidth = 1.5;
  for (const { outlines } of map.footprints) {
    for (const outline of outlines) context.stroke(pathOf(outline));
  }
}

function pathOf(outline: Outline): Path2D {
  const path = new Path2D();
  for (const [x, y] of outline) path.lineTo(x, y);
  path.closePath();
  return path;
}
