import { and, eq, inArray, ne } from 'drizzle-orm';
import type { Publisher } from '../../../db/publisher.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Position } from '../../../protocol/wire/position.ts';
import { heatmapChannel } from '../channels.ts';
import { at, valuesOf } from '../issues/issue-list-service.ts';
import type { Heatmap, HeatmapQuery } from '../model.ts';
import { issues } from '../schema.ts';
import { heatmapOf } from './heatmap.ts';

/** Which unresolved issues of an organisation are meant, absent is any, and the resolution of H3. */
export interface HeatmapFilter {
  readonly organizationId: string;
  readonly campusId?: string;
  readonly buildingIds?: readonly string[];
  readonly categories?: readonly string[];
  readonly resolution: number;
}

export function heatmapFilterOf(query: HeatmapQuery & { resolution: number }): HeatmapFilter {
  const { organizationId, campusId, buildingIds, categories, resolution } = query;
  return {
    organizationId,
    resolution,
    ...(campusId !== undefined && { campusId }),
    ...(buildingIds !== undefined && { buildingIds: valuesOf(buildingIds) }),
    ...(categories !== undefined && { categories: valuesOf(categories) }),
  };
}

export interface HeatmapState {
  readonly heatmap: Heatmap;
  /** The position of the organisation's heatmap channel. */
  readonly position: Position;
}

export interface HeatmapDeps {
  readonly publisher: Publisher;
  readonly clock: Clock;
}

/** The heatmap, and where its channel stood at the moment whose issues it shows, from one snapshot. */
export async function readHeatmap(
  { publisher, clock }: HeatmapDeps,
  { organizationId, campusId, buildingIds, categories, resolution }: HeatmapFilter,
): Promise<HeatmapState> {
  const channel = heatmapChannel(organizationId);
  const { lat, lng, severity, createdAt } = issues;
  const { data, positions } = await publisher.snapshot([channel], (tx) =>
    tx
      .select({ lat, lng, severity, createdAt })
      .from(issues)
      .where(
        and(
          eq(issues.organizationId, organizationId),
          ne(issues.status, 'resolved'),
          campusId === undefined ? undefined : eq(issues.campusId, campusId),
          buildingIds && inArray(issues.buildingId, [...buildingIds]),
          categories && inArray(issues.category, [...categories]),
        ),
      ),
  );
  return { heatmap: heatmapOf(data, resolution, clock.now()), position: at(positions, channel) };
}
