import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { EphemeralFrame } from '../../protocol/frames/publication-frames.ts';
import type { LiveChannels } from '../channels/live-channels.ts';
import { type Broker, maxSignalBytes } from '../ports/broker.ts';
import type { NewEphemeral } from './new-publication.ts';
import { encodeSignal, type Signal } from './signal.ts';

interface EphemeralsDeps {
  readonly channels: LiveChannels;
  readonly broker: Broker;
  readonly clock: Clock;
}

const encoder = new TextEncoder();

/**
 * Ephemeral frames go to the readers of the moment (typing, cursors): in no log, at most once, and a lost one is not
 * repaired.
 */
export class Ephemerals {
  readonly #deps: EphemeralsDeps;

  constructor(deps: EphemeralsDeps) {
    this.#deps = deps;
  }

  /** Does the work of `RealtimeManager.whisper`. */
  send({ channel: { name, wireName }, type, data, sourceUserId, exclude }: NewEphemeral): void {
    const { channels, broker, clock } = this.#deps;
    const frame: EphemeralFrame = {
      type,
      channel: wireName,
      ...(sourceUserId === undefined ? {} : { userId: sourceUserId }),
      data: data ?? null,
      timestamp: new Date(clock.now()).toISOString(),
      ephemeral: true,
    };
    const text = JSON.stringify(frame);
    const signal = encodeSignal({ kind: 'ephemeral', frame, ...(exclude && { exclude }) });
    if (encoder.encode(signal).length > maxSignalBytes) {
      throw new AppError(
        'payload_too_large',
        `An ephemeral frame may have about ${maxSignalBytes} bytes; publish it, or send a reference.`,
      );
    }
    channels.get(name)?.whisper(frame, text, exclude);
    broker.signal(name, signal);
  }

  /** Another process sent this. */
  heard(channel: string, { frame, exclude }: Extract<Signal, { kind: 'ephemeral' }>): void {
    this.#deps.channels.get(channel)?.whisper(frame, JSON.stringify(frame), exclude);
  }
}
