import { expect, test } from 'bun:test';
import { cellToLatLng, getResolution, latLngToCell } from 'h3-js';
import type { Point, Ring } from '../../../src/domains/campus/heatmap/antimeridian.ts';
import {
  type Hotspot,
  halfLifeMs,
  heatmapOf,
  toGeoJson,
  weightOf,
} from '../../../src/domains/campus/heatmap/heatmap.ts';
import { levels } from '../../../src/domains/campus/model.ts';
import { fc } from '../../support/property.ts';

const now = Date.UTC(2026, 10, 1);
const yearMs = 365 * 86_400_000;
const severity = fc.constantFrom(...levels);
const ageMs = fc.integer({ min: 0, max: 10 * yearMs });
const lat = fc.double({ min: -90, max: 90, noNaN: true });
const lng = fc.double({ min: -180, max: 180, noNaN: true });
const at = (age: number) => new Date(now - age).toISOString();
const hotspot = fc.record({ lat, lng, severity, createdAt: ageMs.map(at) });
const hotspots = fc.array(hotspot, { maxLength: 60 });
const resolution = fc.integer({ min: 0, max: 15 });
const close = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-300);

test('whoever is more severe or younger weighs more, and a half-life is worth one step of severity', () => {
  fc.assert(
    fc.property(severity, severity, ageMs, ageMs, (one, other, a, b) => {
      const [low, high] = [one, other].sort((x, y) => levels.indexOf(x) - levels.indexOf(y));
      const [young, old] = [Math.min(a, b), Math.max(a, b)];
      const weight = (level: typeof one, age: number) =>
        weightOf({ severity: level, createdAt: at(age) }, now);
      expect(weight(low ?? one, young)).toBeLessThanOrEqual(weight(high ?? one, young));
      expect(weight(one, old)).toBeLessThanOrEqual(weight(one, young));
      if (old - young > 1_000) expect(weight(one, old)).toBeLessThan(weight(one, young));
      const next = levels[levels.indexOf(one) + 1];
      if (next) expect(close(weight(next, a + halfLifeMs), weight(one, a))).toBe(true);
    }),
  );
});

test('a clock that is behind gives nobody more than a new issue has', () => {
  expect(weightOf({ severity: 'low', createdAt: at(-yearMs) }, now)).toBe(1);
});

test('cells hold every issue once: counts and weights sum up, the heaviest has intensity 1, none more', () => {
  fc.assert(
    fc.property(hotspots, resolution, (issues, level) => {
      const { points } = heatmapOf(issues, level, now);
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      expect(sum(points.map(({ count }) => count))).toBe(issues.length);
      const weights = sum(issues.map((issue) => weightOf(issue, now)));
      expect(close(sum(points.map(({ weight }) => weight)), weights)).toBe(true);
      expect(new Set(points.map(({ cell }) => cell)).size).toBe(points.length);
      for (const { intensity, cell } of points) {
        expect(intensity > 0 && intensity <= 1).toBe(true);
        expect(getResolution(cell)).toBe(level);
      }
      if (points.length > 0) expect(points[0]?.intensity).toBe(1);
      expect(points.map(({ weight }) => weight)).toEqual(
        points.map(({ weight }) => weight).sort((a, b) => b - a),
      );
      for (const { lat, lng } of issues) {
        expect(points.map(({ cell }) => cell)).toContain(latLngToCell(lat, lng, level));
      }
    }),
    { numRuns: 50 },
  );
});

test('time alone changes no intensity, so there is nothing to compute while no issue changes', () => {
  fc.assert(
    fc.property(hotspots, fc.integer({ min: 0, max: yearMs }), (issues, later) => {
      const of = (time: number) =>
        new Map(heatmapOf(issues, 9, time).points.map((point) => [point.cell, point.intensity]));
      const [before, after] = [of(now), of(now + later)];
      for (const [cell, intensity] of before) expect(close(after.get(cell) ?? 0, intensity)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

const hot = (lat: number, lng: number): Hotspot => ({ lat, lng, severity: 'high', createdAt: at(0) });
const featureOf = (spot: Hotspot, size: number) => {
  const [feature] = toGeoJson(heatmapOf([spot], size, now)).features;
  if (!feature) throw new Error('A hotspot has no hexagon.');
  return feature;
};
const ringsOf = ({ geometry }: ReturnType<typeof featureOf>) =>
  geometry.type === 'Polygon' ? geometry.coordinates : geometry.coordinates.flat();
/** Reckoned from the first corner, as a narrow ring far from zero is lost in the digits of the products. */
const areaOf = (ring: Ring) => {
  const [[west, south] = [0, 0]] = ring;
  const corners = ring.map(([x, y]): Point => [x - west, y - south]);
  return corners.slice(1).reduce((sum, [x, y], n) => {
    const [x0, y0] = corners[n] ?? [0, 0];
    return sum + (x0 * y - x * y0) / 2;
  }, 0);
};
const holds = (ring: Ring, [x, y]: Point) =>
  ring.slice(1).reduce((inside, [x1, y1], n) => {
    const [x0, y0] = ring[n] ?? [0, 0];
    const crosses = y0 > y !== y1 > y && x < x0 + ((x1 - x0) * (y - y0)) / (y1 - y0);
    return crosses ? !inside : inside;
  }, false);

test('GeoJSON is a collection of hexagons with their weights', () => {
  const geo = toGeoJson(heatmapOf([hot(14.65, 121.07), hot(10.35, 123.91)], 7, now));
  expect(geo).toMatchObject({
    type: 'FeatureCollection',
    resolution: 7,
    features: [{ type: 'Feature' }, {}],
  });
  for (const { geometry, properties } of geo.features) {
    expect(geometry).toMatchObject({ type: 'Polygon', coordinates: [{ length: 7 }] });
    expect(properties).toMatchObject({ count: 1, intensity: 1 });
  }
});

test('every hexagon is closed, counterclockwise, on the map, and holds its centre', () => {
  fc.assert(
    fc.property(lat, lng, resolution, (lat, lng, size) => {
      const feature = featureOf(hot(lat, lng), size);
      const rings = ringsOf(feature);
      for (const ring of rings) {
        expect(ring.at(-1)).toStrictEqual(ring[0]);
        expect(areaOf(ring)).toBeGreaterThan(0);
        expect(ring.every(([x, y]) => Math.abs(x) <= 180 && Math.abs(y) <= 90)).toBe(true);
      }
      const [centreLat, centreLng] = cellToLatLng(feature.id);
      expect(rings.some((ring) => holds(ring, [centreLng, centreLat]))).toBe(true);
    }),
    // A hexagon of which a sliver lies on the other side of the antimeridian.
    { examples: [[28.22453023817426, -179.99999999999977, 15]] },
  );
});

test.each([0, 1, 5, 7, 10])('across the antimeridian a hexagon of size %p is cut in two', (size) => {
  const { geometry } = featureOf(hot(-16.8, 180), size);
  expect(geometry.type).toBe('MultiPolygon');
  const parts = ringsOf(featureOf(hot(-16.8, 180), size)).map((ring) => ring.map(([lng]) => lng));
  expect(parts.map((lngs) => [Math.min(...lngs) === -180, Math.max(...lngs) === 180])).toEqual(
    expect.arrayContaining([
      [true, false],
      [false, true],
    ]),
  );
});

test.each([
  [90, 0],
  [90, 5],
  [90, 10],
  [-90, 0],
  [-90, 5],
  [-90, 10],
])('the hexagon at the pole %p of size %p runs along the whole edge of the map', (pole, size) => {
  const feature = featureOf(hot(pole, 0), size);
  expect(feature.geometry.type).toBe('Polygon');
  const [ring = []] = ringsOf(feature);
  expect(ring).toContainEqual([-180, pole]);
  expect(ring).toContainEqual([180, pole]);
  for (const lng of [-179.9, -90, 0, 90, 179.9]) expect(holds(ring, [lng, pole * 0.999999999])).toBe(true);
});
