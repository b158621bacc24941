import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { latestMinutes } from './numbers.ts';

export interface Line {
  readonly label: string;
  /** A custom property of the style sheet, such as `--accent`. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
}

const height = 140;

/** Lines over time. The picture is decoration: the numbers stand beside it as text. */
export function Chart({
  label,
  times,
  lines,
}: {
  readonly label: string;
  readonly times: readonly number[];
  readonly lines: readonly Line[];
}): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const names = lines.map((line) => line.label).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the plot is made anew for other lines alone.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const style = getComputedStyle(element);
    const axis = { stroke: style.getPropertyValue('color'), grid: { show: false } };
    const made = new uPlot(
      {
        width: Math.max(200, element.clientWidth),
        height,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { range: (_plot, _least, most) => latestMinutes(most, Date.now()) },
          y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.1)] },
        },
        axes: [
          { ...axis, space: 80 },
          { ...axis, size: 56 },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.label,
            stroke: style.getPropertyValue(line.colour) || 'currentColor',
            width: 2,
            points: { show: false },
          })),
        ],
      },
      dataOf(times, lines),
      element,
    );
    plot.current = made;
    const resized = new ResizeObserver(() =>
      made.setSize({ width: Math.max(200, element.clientWidth), height }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [names]);
  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines]);
  return (
    <figure className="operate-chart">
      <figcaption className="muted small cluster">
        <span>{label}</span>
        {lines.map((line) => (
          <span key={line.label} className="operate-legend" data-colour={line.colour}>
            {line.label}
          </span>
        ))}
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}

const dataOf = (times: readonly number[], lines: readonly Line[]): uPlot.AlignedData => [
  [...times],
  ...lines.map(({ values }) => [...values]),
];
