import type { connectionQualities } from '../schema/connections.ts';

export type ConnectionQuality = (typeof connectionQualities)[number];

/** The bounds of each grade; the first that fits counts. */
const grades: readonly { quality: ConnectionQuality; latencyMs: number; loss: number }[] = [
  { quality: 'excellent', latencyMs: 100, loss: 0.01 },
  { quality: 'good', latencyMs: 250, loss: 0.03 },
  { quality: 'fair', latencyMs: 600, loss: 0.1 },
  { quality: 'poor', latencyMs: Number.POSITIVE_INFINITY, loss: 1 },
];

/** Returns the quality of a connection by the round trip of its pings and their loss; null before any is known. */
export function qualityOf(latencyMs: number | undefined, loss: number): ConnectionQuality | null {
  if (latencyMs === undefined) return loss > 0 ? 'poor' : null;
  return grades.find((grade) => latencyMs <= grade.latencyMs && loss <= grade.loss)?.quality ?? 'poor';
}
