import type { Position } from '../../protocol/position.ts';
import type { Publication } from '../../protocol/publication.ts';
import type { Feed, FeedStep, FeedView } from '../../realtime/feed.ts';
import { heatmapChannel } from './channels.ts';
import { type HeatmapDeps, type HeatmapFilter, type HeatmapState, readHeatmap } from './heatmap-service.ts';

/** The heatmap of a filter: `initial`, and at each interval in which an issue has changed an `update`. */
export function heatmapView(deps: HeatmapDeps, filter: HeatmapFilter, intervalMs: number): FeedView {
  return {
    channel: heatmapChannel(filter.organizationId),
    key: `${intervalMs} ${JSON.stringify(filter)}`,
    refreshMs: intervalMs,
    create: () => new HeatmapFeed(() => readHeatmap(deps, filter)),
  };
}

/** Computes once for all who watch, and not at all while no issue changes (see `weightOf`). */
class HeatmapFeed implements Feed {
  readonly #compute: () => Promise<HeatmapState>;
  #state: HeatmapState | undefined;
  #computing: Promise<HeatmapState> | undefined;
  /** The newest change heard of. */
  #changedAt: Position | undefined;

  constructor(compute: () => Promise<HeatmapState>) {
    this.#compute = compute;
  }

  async begin(since: Position | undefined) {
    const state = this.#state ?? (await this.#read());
    const isShown = since?.epoch === state.position.epoch && since.offset === state.position.offset;
    return isShown ? { position: since } : stepTo(state, since ? 'update' : 'initial');
  }

  present({ type, data, epoch, offset }: Publication): undefined {
    // Who is to see to an issue does not change its weight.
    if (type !== 'heatmap:updated' || JSON.parse(data).changeType === 'assigned') return;
    const known = this.#changedAt;
    if (known?.epoch !== epoch || known.offset < offset) this.#changedAt = { epoch, offset };
  }

  async refresh(): Promise<FeedStep | undefined> {
    const { position } = this.#state ?? {};
    const changed = this.#changedAt;
    if (!changed || !position) return undefined;
    if (changed.epoch === position.epoch && changed.offset <= position.offset) return undefined;
    return stepTo(await this.#read(), 'update');
  }

  async #read(): Promise<HeatmapState> {
    this.#computing ??= this.#compute().finally(() => {
      this.#computing = undefined;
    });
    this.#state = await this.#computing;
    return this.#state;
  }
}

function stepTo({ heatmap, position }: HeatmapState, type: 'initial' | 'update'): FeedStep {
  return { event: { type, data: heatmap, timestamp: heatmap.generatedAt }, position };
}
