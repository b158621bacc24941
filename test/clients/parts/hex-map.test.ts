import { expect, test } from 'bun:test';
import { createHexMap, fillOf, type HexCell } from '../../../clients/web/src/parts/index.ts';
import { toGeoJson } from '../../../src/domains/campus/heatmap/heatmap.ts';

const heatmap = {
  resolution: 10,
  generatedAt: '2026-01-01T00:00:00.000Z',
  points: [
    { cell: '8a6941d86c07fff', lat: 14.65, lng: 121.07, count: 3, weight: 8, intensity: 1 },
    { cell: '8a6941d86c0ffff', lat: 14.65, lng: 121.07, count: 1, weight: 2, intensity: 0.25 },
  ],
};
const cells = toGeoJson(heatmap).features as readonly HexCell[];

test('every hexagon and footprint fits on the canvas and keeps its shape', () => {
  const geometry = {
    type: 'Polygon' as const,
    coordinates: [
      [
        [121.06, 14.64],
        [121.08, 14.64],
        [121.08, 14.66],
        [121.06, 14.66],
        [121.06, 14.64],
      ],
    ],
  };
  const footprints = [{ id: 'campus123', name: 'Main Campus', geometry }];
  const map = createHexMap({ cells, footprints, width: 400, height: 300, padding: 10 });
  const points = [...map.cells, ...map.footprints].flatMap(({ outlines }) => outlines.flat());
  for (const [x, y] of points) {
    expect(x).toBeGreaterThanOrEqual(9.99);
    expect(x).toBeLessThanOrEqual(390.01);
    expect(y).toBeGreaterThanOrEqual(9.99);
    expect(y).toBeLessThanOrEqual(290.01);
  }
  const [west, north] = map.project([121.06, 14.66]);
  const [east, south] = map.project([121.08, 14.64]);
  expect(west < east && north < south).toBe(true);
  // One degree is as long in both directions, but for the latitude.
  expect((south - north) / (east - west)).toBeCloseTo(1 / Math.cos((14.65 * Math.PI) / 180), 2);
});

test('the cell at a pixel is the one whose hexagon is there', () => {
  const map = createHexMap({ cells, width: 400, height: 300 });
  for (const { cell, outlines } of map.cells) {
    const [outline = []] = outlines;
    const middle = (axis: 0 | 1) =>
      outline.slice(0, -1).reduce((sum, point) => sum + point[axis], 0) / (outline.length - 1);
    expect(map.cellAt(middle(0), middle(1))).toBe(cell);
  }
  expect(map.cellAt(1, 1)).toBeUndefined();
});

test('a heavier cell is more opaque, and each is seen', () => {
  expect(fillOf(0)).toBeGreaterThan(0.1);
  expect(fillOf(0.5)).toBeGreaterThan(fillOf(0.25));
  expect(fillOf(7)).toBe(fillOf(1));
  expect(fillOf(1)).toBeLessThan(1);
});

test('a map of nothing is one, and a single place is in the middle', () => {
  expect(createHexMap({ cells: [], width: 10, height: 10 }).cells).toEqual([]);
  const [cell] = cells;
  const map = createHexMap({ cells: cell ? [cell] : [], width: 200, height: 200 });
  expect(map.cellAt(100, 100)?.properties.cell).toBe(cell?.properties.cell);
});
