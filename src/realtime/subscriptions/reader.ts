import type { Clock } from '../../lib/clock.ts';
import type { ChannelReader } from '../../protocol/wire/exclusion.ts';
import type { Position } from '../../protocol/wire/position.ts';
import type { Publication } from '../../protocol/wire/publication.ts';
import type { Block, History } from '../channels/history.ts';
import type { LiveChannels } from '../channels/live-channels.ts';
import type { NamespaceRegistry } from '../channels/namespace.ts';
import type { Broker } from '../ports/broker.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Principal } from '../principal.ts';
import type { Session } from '../sessions/session.ts';
import { readBefore } from './backwards.ts';
import { readSince, type SyncResult } from './recovery.ts';
import { oldestPosition, positionBefore } from './time-search.ts';

interface ReaderDeps {
  readonly log: EventLog;
  readonly channels: LiveChannels;
  /** While it is not connected, what the live channels hold may be old. */
  readonly broker: Pick<Broker, 'connected'>;
  readonly history: History;
  readonly namespaces: NamespaceRegistry;
  readonly clock: Clock;
}

/** The log as somebody may read it without a subscription, under the rule of each channel (R3). */
export class Reader {
  readonly #deps: ReaderDeps;

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  /** A page of a channel's history; `reader` is the session, if there is one. */
  async history(
    principal: Principal,
    wireName: string,
    since: Position | undefined,
    limit: number,
    reader?: Session,
  ): Promise<SyncResult> {
    const channel = await this.#deps.namespaces.readable(wireName, principal);
    const tail = since && this.#tail(channel.name, since);
    return readSince(this.#deps.history, channel, since, limit, reader ?? pollOf(principal), tail);
  }

  /** The publications that readers of this process got after `since`, where all of them are in memory. */
  #tail(name: string, { epoch, offset }: Position): Block | undefined {
    const { channels, broker } = this.#deps;
    const live = channels.get(name);
    if (!live?.isOpen || !broker.connected || live.position.epoch !== epoch) return undefined;
    const deliveries = live.tailAfter(offset);
    return deliveries && { head: live.position, deliveries };
  }

  /** A page of what the channel holds before a position, or before its end. `reader` as in `history`. */
  async backwards(
    principal: Principal,
    wireName: string,
    before: Position | undefined,
    limit: number,
    reader?: Session,
  ): Promise<SyncResult> {
    const { history, namespaces } = this.#deps;
    const channel = await namespaces.readable(wireName, principal);
    return readBefore(history, channel, before, limit, reader ?? pollOf(principal));
  }

  /** One publication of a channel; undefined where it is kept no more. `channel` is the name in the log. */
  async publication(channel: string, offset: number): Promise<Publication | undefined> {
    const { publications } = await this.#deps.log.read(channel, offset - 1, 1);
    return publications.find((each) => each.offset === offset);
  }

  /** The position after which everything published at `time` (milliseconds since the Unix epoch) or later follows. */
  async positionBefore(principal: Principal, wireName: string, time: number): Promise<Position> {
    const { name } = await this.#deps.namespaces.readable(wireName, principal);
    return positionBefore(this.#deps.log, name, time);
  }

  /** The position after which everything follows that is still kept. */
  async oldestPosition(principal: Principal, wireName: string): Promise<Position> {
    const { name } = await this.#deps.namespaces.readable(wireName, principal);
    return oldestPosition(this.#deps.log, name);
  }
}

/** A reader without a session. */
const pollOf = ({ userId }: Principal): ChannelReader => ({ userId });
