import type { Feed, FeedStep, FeedView } from '../../../extension/feed.ts';
import type { Position } from '../../../protocol/wire/position.ts';
import type { Publication } from '../../../protocol/wire/publication.ts';
import { heatmapChannel } from '../channels.ts';
import type { Heatmap } from '../model.ts';
import { toGeoJson } from './heatmap.ts';
import { type HeatmapDeps, type HeatmapFilter, type HeatmapState, readHeatmap } from './heatmap-service.ts';

export interface HeatmapViewOptions {
  /** Milliseconds between two updates, at least. */
  readonly intervalMs: number;
  readonly format: 'json' | 'geojson';
}

/** The heatmap of a filter: `initial`, and at each interval in which an issue has changed an `update`. */
export function heatmapView(
  deps: HeatmapDeps,
  filter: HeatmapFilter,
  { intervalMs, format }: HeatmapViewOptions,
): FeedView {
  const channel = heatmapChannel(filter.organizationId);
  return {
    channel,
    key: `${intervalMs} ${format} ${JSON.stringify(filter)}`,
    refreshMs: intervalMs,
    create: () =>
      new HeatmapFeed({
        compute: () => readHeatmap(deps, filter),
        head: () => deps.publisher.head(channel),
        present: format === 'geojson' ? toGeoJson : (heatmap) => heatmap,
      }),
  };
}

interface HeatmapSource {
  readonly compute: () => Promise<HeatmapState>;
  /** Returns the present position of the channel. */
  readonly head: () => Promise<Position | undefined>;
  /** The heatmap in the form that its readers asked for. */
  readonly present: (heatmap: Heatmap) => unknown;
}

/** Computes once for all who watch, and not at all while no issue changes (see `weightOf`). */
class HeatmapFeed implements Feed {
  readonly #source: HeatmapSource;
  #state: HeatmapState | undefined;
  #reading: Promise<HeatmapState> | undefined;
  #nextReading: Promise<HeatmapState> | undefined;
  /** The newest change heard of. */
  #changedAt: Position | undefined;
  /** Every stream has been told at least what there was then. */
  #toldAt: Position | undefined;

  constructor(source: HeatmapSource) {
    this.#source = source;
  }

  async begin(since: Position | undefined) {
    const state = await this.#current();
    this.#toldAt ??= state.position;
    return isSame(since, state.position)
      ? { position: state.position }
      : this.#stepTo(state, since ? 'update' : 'initial');
  }

  present({ type, data, epoch, offset }: Publication): undefined {
    // The assignee of an issue does not change its weight.
    if (type !== 'heatmap:updated' || JSON.parse(data).changeType === 'assigned') return;
    if (isAfter({ epoch, offset }, this.#changedAt)) this.#changedAt = { epoch, offset };
  }

  async refresh(): Promise<FeedStep | undefined> {
    if (!this.#toldAt || !this.#changedAt || !isAfter(this.#changedAt, this.#toldAt)) return undefined;
    const state = await this.#current();
    this.#toldAt = state.position;
    return this.#stepTo(state, 'update');
  }

  /**
   * The heatmap as it is at some moment of this call. A reading that is under way began before the call, so all who call
   * meanwhile share the next one.
   */
  #current(): Promise<HeatmapState> {
    if (!this.#reading) return this.#read();
    const next = () => this.#read();
    this.#nextReading ??= this.#reading.then(next, next);
    return this.#nextReading;
  }

  #read(): Promise<HeatmapState> {
    this.#nextReading = undefined;
    const reading = this.#compute().finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    this.#reading = reading;
    return reading;
  }

  async #compute(): Promise<HeatmapState> {
    const head = this.#state && (await this.#source.head());
    if (!this.#state || !isSame(head, this.#state.position)) this.#state = await this.#source.compute();
    return this.#state;
  }

  #stepTo({ heatmap, position }: HeatmapState, type: 'initial' | 'update'): FeedStep {
    const data = this.#source.present(heatmap);
    return { event: { type, data, timestamp: heatmap.generatedAt }, position };
  }
}

const isSame = (one: Position | undefined, other: Position) =>
  one?.epoch === other.epoch && one.offset === other.offset;

/** Another epoch is a later one. */
const isAfter = (one: Position, other: Position | undefined) =>
  one.epoch !== other?.epoch || one.offset > other.offset;
