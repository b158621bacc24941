import { sql } from 'drizzle-orm';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { AppError } from '../../errors.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import type { Tracking } from '../tracking.ts';
import { createHistogram, levels, type Percentiles, percentilesOf } from './measures.ts';
import type { Period } from './statistics.ts';

export interface SystemMetrics {
  readonly counters: Readonly<Record<string, number>>;
  /** The largest of any minute, all processes together. */
  readonly peaks: Readonly<Record<string, number>>;
  /** Milliseconds; `count` of them there were. */
  readonly distributions: Readonly<Record<string, Percentiles & { readonly count: number }>>;
}

const longestPeriodMs = 7 * 86_400_000;

/** All minutes and processes of a period in one. For administrators: it knows no tenants. Throws `validation_failed`. */
export function systemMetrics(
  tracking: Pick<Tracking, 'database' | 'members'>,
  { from, to }: Period,
): Promise<SystemMetrics> {
  if (Date.parse(to) - Date.parse(from) > longestPeriodMs) {
    throw new AppError('validation_failed', 'At most seven days at once.', { field: 'from' });
  }
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const { rows } = await tx.execute<MetricRow>(sql`
      with seen as materialized (
        select minute, name, value, histogram from public.realtime_system_metrics where minute >= ${from} and minute < ${to}
      )
      select name, sum(total)::float8 as total, max(total)::float8 as peak, array(
        select histogram from seen where seen.name = each.name and histogram is not null) as histograms
      from (select name, minute, sum(value) as total from seen group by name, minute) each
      group by name order by name`);
    const isLevel = ({ name }: MetricRow) => levels.some((level) => level === name);
    const isCounter = (row: MetricRow) => row.histograms.length === 0 && !isLevel(row);
    return {
      counters: Object.fromEntries(rows.filter(isCounter).map(({ name, total }) => [name, total])),
      peaks: Object.fromEntries(rows.filter(isLevel).map(({ name, peak }) => [name, peak])),
      distributions: Object.fromEntries(
        rows
          .filter(({ histograms }) => histograms.length > 0)
          .map(({ name, histograms }) => [name, merged(histograms)]),
      ),
    };
  });
}

interface MetricRow extends Record<string, unknown> {
  readonly name: string;
  readonly total: number;
  readonly peak: number;
  readonly histograms: readonly string[];
}

function merged(encoded: readonly string[]): Percentiles & { readonly count: number } {
  const sum = createHistogram();
  for (const text of encoded) sum.add(decodeFromCompressedBase64(text));
  return { count: sum.totalCount, ...percentilesOf(sum) };
}
