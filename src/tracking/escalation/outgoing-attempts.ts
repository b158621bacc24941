import { attemptMs, type DeliveryMethod, type Outcome } from '../../extension/delivery-method.ts';
import type { PredictionSettings, ReachHours } from '../../extension/delivery-settings.ts';
import type { DueBell } from '../deliveries/due.ts';
import {
  type ClaimOptions,
  claimOutgoing,
  type LeasedDelivery,
  settleOutgoing,
} from '../deliveries/outgoing.ts';
import { orderDigests } from '../prediction/order-digests.ts';
import { planAll } from '../prediction/plan-due.ts';
import type { Tracking } from '../tracking.ts';
import { claimDigests, type LeasedDigest } from './digests.ts';

export interface OutgoingOptions {
  readonly tracking: Tracking;
  /** The ways beside `websocket` that this deployment has. */
  readonly methods: readonly DeliveryMethod[];
  /** The hours of people who set none; none are quiet where it is left out. */
  readonly hours?: ReachHours;
  /** Lets low and normal events wait for an hour in which their person reads, where it is given. */
  readonly prediction?: PredictionSettings;
  /** From 0 to 1: how much of the allowed jitter a pause gets. */
  readonly random: () => number;
}

/** Attempts by other methods than `websocket` at the same time. */
const attemptsAtOnce = 20;

/** The bells of the loop of live sessions and of that of other methods. */
export interface Bells {
  readonly live: DueBell;
  readonly outgoing: DueBell;
}

/** The attempts by other methods that are under way. */
export class Attempts {
  readonly #options: OutgoingOptions;
  readonly #bells: Bells;
  readonly #signal: AbortSignal;
  readonly #running = new Set<Promise<void>>();

  constructor(options: OutgoingOptions, bells: Bells, signal: AbortSignal) {
    this.#options = options;
    this.#bells = bells;
    this.#signal = signal;
  }

  /** Begins as many attempts as the limit allows. */
  async begin(): Promise<boolean> {
    const { tracking, methods, hours } = this.#options;
    // The end of an attempt rings the bell.
    if (methods.length === 0 || this.#room <= 0) return false;
    const digestible = methods.flatMap(({ name, sendDigest }) => (sendDigest ? [name] : []));
    const names = methods.map(({ name }) => name);
    const isPlanned = await planAll(this.#options, names, digestible);
    const claim: ClaimOptions = { digestible, isPlanned, ...(hours && { hours }) };
    for (const leased of await claimOutgoing(tracking, names, this.#room, claim)) this.#start([leased]);
    if (this.#room > 0 && digestible.length > 0) {
      const digests = await claimDigests(tracking, digestible, this.#room);
      for (const digest of await this.#ordered(digests)) this.#start(digest, true);
    }
    return false;
  }

  /** Returns the digests with their events in the order in which they are listed. */
  async #ordered(digests: readonly LeasedDigest[]): Promise<readonly LeasedDigest[]> {
    const { tracking, prediction } = this.#options;
    return prediction && digests.length > 0 ? orderDigests(tracking, digests) : digests;
  }

  get #room(): number {
    return attemptsAtOnce - this.#running.size;
  }

  #start(leased: readonly LeasedDelivery[], isDigest = false): void {
    const attempt: Promise<void> = this.#attempt(leased, isDigest).finally(() => {
      this.#running.delete(attempt);
      this.#bells.outgoing.ring();
    });
    this.#running.add(attempt);
  }

  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Never rejects: what cannot be settled is claimed again when its lease ends. */
  async #attempt(leased: readonly LeasedDelivery[], isDigest: boolean): Promise<void> {
    const { tracking, methods, random } = this.#options;
    try {
      const outcome = await this.#send(leased, isDigest);
      // Broken off by ourselves: no outcome at all.
      if (this.#signal.aborted && outcome.kind !== 'taken') return;
      const available = ['websocket', ...methods.map(({ name }) => name)];
      const how = { available, random: random() };
      const isPassedOn = await settleOutgoing(tracking, leased, outcome, how);
      if (isPassedOn) this.#bells.live.ring();
    } catch (error) {
      tracking.logger.warn(
        { err: error, eventId: leased[0]?.event.id },
        'the outcome of an attempt could not be written; the delivery is sent again when its lease ends',
      );
    }
  }

  async #send(leased: readonly LeasedDelivery[], isDigest: boolean): Promise<Outcome> {
    const { tracking, methods } = this.#options;
    const [first] = leased;
    const method = methods.find(({ name }) => name === first?.method);
    if (!first || !method) return { kind: 'never', error: 'it is not set up' };
    const time = new AbortController();
    using _timer = tracking.clock.after(attemptMs, () => time.abort());
    const signal = AbortSignal.any([time.signal, this.#signal]);
    try {
      if (!isDigest || !method.sendDigest) return await method.send(first, signal);
      return await method.sendDigest(
        { userId: first.userId, events: leased.map(({ event }) => event) },
        signal,
      );
    } catch (error) {
      if (time.signal.aborted) return { kind: 'later', error: `no answer within ${attemptMs} ms` };
      tracking.logger.debug({ err: error, method: first.method }, 'an attempt failed');
      return { kind: 'later', error: codeOf(error) };
    }
  }
}

/** Returns the code of a system error, whose message may name addresses inside. */
const codeOf = (error: unknown) => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'it failed';
};
