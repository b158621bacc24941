/** Longitude before latitude, in degrees, as GeoJSON has it. */
type Point = readonly number[];
export type HexGeometry =
  | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly Point[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly Point[])[])[] };

/** A hexagon of the server's heatmap: a feature of its GeoJSON. */
export interface HexCell {
  readonly geometry: HexGeometry;
  readonly properties: {
    readonly cell: string;
    readonly count: number;
    readonly weight: number;
    /** From 0 to 1, the heaviest cell. */
    readonly intensity: number;
  };
}

/** The outline of a campus or a building. */
export interface Footprint {
  readonly id: string;
  readonly name: string;
  readonly geometry: HexGeometry;
}

export interface HexMapShape {
  readonly cells: readonly HexCell[];
  readonly footprints?: readonly Footprint[];
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Free border around everything. */
  readonly padding?: number;
}

/** A ring on the canvas, in CSS pixels. */
export type Outline = readonly (readonly [x: number, y: number])[];

export interface HexMapLayout {
  readonly cells: readonly { readonly cell: HexCell; readonly outlines: readonly Outline[] }[];
  readonly footprints: readonly { readonly footprint: Footprint; readonly outlines: readonly Outline[] }[];
  /** The pixel of a place. */
  project(point: Point): readonly [x: number, y: number];
  /** The cell at a pixel. */
  cellAt(x: number, y: number): HexCell | undefined;
}

/** Opacity of a cell: the lightest is still seen, the heaviest still lets footprints through. */
export const fillOf = (intensity: number): number => 0.15 + 0.7 * Math.min(1, Math.max(0, intensity));

/** Projects cells and footprints onto a canvas, so that all of them fit and keep their shape. No tiles are needed. */
export function createHexMap({
  cells,
  footprints = [],
  width,
  height,
  padding = 16,
}: HexMapShape): HexMapLayout {
  const geometries = [...cells, ...footprints].map(({ geometry }) => geometry);
  const project = projection(geometries.flatMap(ringsOf).flat(), width, height, padding);
  const outlinesOf = (geometry: HexGeometry) => ringsOf(geometry).map((ring) => ring.map(project));
  const drawn = cells.map((cell) => ({ cell, outlines: outlinesOf(cell.geometry) }));
  return {
    cells: drawn,
    footprints: footprints.map((footprint) => ({ footprint, outlines: outlinesOf(footprint.geometry) })),
    project,
    cellAt: (x, y) => drawn.find(({ outlines }) => outlines.some((outline) => isInside(outline, x, y)))?.cell,
  };
}

const ringsOf = ({ type, coordinates }: HexGeometry): readonly (readonly Point[])[] =>
  type === 'Polygon' ? coordinates : coordinates.flat();

/** Mercator's projection around the middle, scaled by the longer side. */
function projection(
  points: readonly Point[],
  width: number,
  height: number,
  padding: number,
): (point: Point) => readonly [number, number] {
  const flat = points.map(mercator);
  const [west, east] = rangeOf(flat.map(([x]) => x));
  const [north, south] = rangeOf(flat.map(([, y]) => y));
  const free = (size: number) => Math.max(1, size - 2 * padding);
  const scale = Math.min(free(width) / (east - west || 1), free(height) / (south - north || 1));
  const [middleX, middleY] = [(west + east) / 2, (north + south) / 2];
  return (point) => {
    const [x, y] = mercator(point);
    return [width / 2 + (x - middleX) * scale, height / 2 + (y - middleY) * scale];
  };
}

/** Mercator's y is without end at a pole. */
const steepest = 85.05;

function mercator([lng = 0, lat = 0]: Point): readonly [number, number] {
  const angle = (Math.min(steepest, Math.max(-steepest, lat)) * Math.PI) / 180;
  return [(lng * Math.PI) / 180, -Math.log(Math.tan(Math.PI / 4 + angle / 2))];
}

/** A loop, as the arguments of a call have a limit. */
function rangeOf(values: readonly number[]): readonly [number, number] {
  let [least, most] = [values[0] ?? 0, values[0] ?? 0];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}

/** Counts the sides that a ray to the right crosses. */
function isInside(outline: Outline, x: number, y: number): boolean {
  let inside = false;
  outline.forEach(([x1, y1], index) => {
    const [x2, y2] = outline.at(index - 1) ?? [x1, y1];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}
