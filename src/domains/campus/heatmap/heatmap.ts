import { cellToBoundary, cellToLatLng, latLngToCell } from 'h3-js';
import type { Heatmap, HeatmapPoint, Level } from '../model.ts';
import { geometryOf } from './antimeridian.ts';

/** The part of an issue that the heatmap counts. */
export interface Hotspot {
  readonly lat: number;
  readonly lng: number;
  readonly severity: Level;
  readonly createdAt: string;
}

/** Hexagons of some 130 m across: a building or two. */
export const defaultResolution = 10;

const dayMs = 86_400_000;
/** After this time an issue weighs half. */
export const halfLifeMs = 7 * dayMs;
/** Each step weighs double, so it is worth one half-life of age. */
const severityWeights: Readonly<Record<Level, number>> = { low: 1, medium: 2, high: 4, critical: 8 };

/**
 * `severity · 2^(−age / halfLife)`: exponential decay, as for the weight of items in a stream in Cormode, Shkapenyuk,
 * Srivastava and Xu, "Forward Decay: A Practical Time Decay Model for Streaming Systems" (ICDE 2009). Of all decays it
 * is the one under which the weights of two issues keep their ratio for ever: the intensities below only change when an
 * issue does, so there is nothing to compute in between.
 */
export function weightOf(
  { severity, createdAt }: Pick<Hotspot, 'severity' | 'createdAt'>,
  now: number,
): number {
  const ageMs = Math.max(0, now - Date.parse(createdAt));
  return severityWeights[severity] * 2 ** (-ageMs / halfLifeMs);
}

/** Sums the weights over hexagons of H3 (https://h3geo.org), whose neighbours all are equally far. */
export function heatmapOf(hotspots: Iterable<Hotspot>, resolution: number, now: number): Heatmap {
  const bins = new Map<string, { count: number; weight: number }>();
  for (const hotspot of hotspots) {
    const cell = cellOf(hotspot, resolution);
    const bin = bins.get(cell) ?? { count: 0, weight: 0 };
    bin.count += 1;
    bin.weight += weightOf(hotspot, now);
    bins.set(cell, bin);
  }
  let heaviest = Number.MIN_VALUE;
  for (const { weight } of bins.values()) heaviest = Math.max(heaviest, weight);
  const points = [...bins].map(([cell, { count, weight }]): HeatmapPoint => {
    const [lat, lng] = cellToLatLng(cell);
    return { cell, lat, lng, count, weight, intensity: weight / heaviest };
  });
  points.sort((a, b) => b.weight - a.weight || (a.cell < b.cell ? -1 : 1));
  return { resolution, generatedAt: new Date(now).toISOString(), points };
}

export function cellOf({ lat, lng }: { lat: number; lng: number }, resolution = defaultResolution): string {
  return latLngToCell(lat, lng, resolution);
}

/** The hexagons as an RFC 7946 FeatureCollection. */
export function toGeoJson({ points, ...properties }: Heatmap) {
  return {
    type: 'FeatureCollection' as const,
    ...properties,
    features: points.map(({ cell, count, weight, intensity }) => ({
      type: 'Feature' as const,
      id: cell,
      geometry: geometryOf(cellToBoundary(cell, true)),
      properties: { cell, count, weight, intensity },
    })),
  };
}
