import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../auth/plugin.ts';
import type { Clock } from '../../lib/clock.ts';
import { type CloseReason, closeCodes } from '../../protocol/wire/close-codes.ts';
import { type ErrorCode, errorCodes } from '../../protocol/wire/codes.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import type { Telemetry } from '../../realtime/ports/telemetry.ts';
import { bucketsOf, Instruments } from './instruments.ts';
import { addProcessMetrics, type ProcessMetrics } from './process-metrics.ts';

/** Upper bounds in seconds. */
const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** The numbers of one service as Prometheus reads them: no channel names, no user ids. */
export class Metrics implements Telemetry, Disposable {
  readonly #instruments = new Instruments('tambuli_');
  readonly #process: ProcessMetrics;
  readonly #lag = this.#instruments.histogram(
    'delivery_lag_seconds',
    'From the database’s time of a publication to its hand-over to the sockets of this process, once for each live channel; includes the difference of the two clocks.',
    latencyBuckets,
  );
  readonly #settleLag = this.#instruments.histogram(
    'settle_lag_seconds',
    'From the database’s time of a publication to the moment when the handlers of a client had settled it, as the client says with its next ping: the last publication before a silence, one for each ping.',
    latencyBuckets,
  );
  readonly #batchSize = this.#instruments.histogram(
    'append_batch_publications',
    'Publications that shared one append to the event log.',
    batchBuckets,
  );
  readonly #appendTime = this.#instruments.histogram(
    'append_seconds',
    'Duration of one append to the event log.',
    latencyBuckets,
  );
  readonly #relayLag = this.#instruments.histogram(
    'outbox_relay_lag_seconds',
    'Waiting time in the outbox of the oldest row of one move by this process.',
    latencyBuckets,
  );
  readonly #transports: Record<string, number> = {};
  readonly #buffers: Record<string, number> = {};
  readonly #ended = zeros(Object.keys(closeCodes) as CloseReason[]);
  readonly #refusals = zeros(Object.keys(errorCodes) as ErrorCode[]);
  readonly #recoveries = zeros(['recovered', 'lost']);
  #published = 0;
  #deliveries = 0;
  #repairs = 0;
  #repaired = 0;
  #relayed = 0;

  constructor(clock: Clock) {
    const all = this.#instruments;
    all.counter(
      'publications_total',
      'Publications that this process added to the log.',
      () => this.#published,
    );
    all.counter(
      'deliveries_total',
      'Live publications × sessions of this process that they were handed to; publications sent again to a returning session are not counted.',
      () => this.#deliveries,
    );
    all.counter(
      'gap_repairs_total',
      'Reads of the log for publications that this process had not received. The Postgres broker carries positions only, so with it these reads are the rule for publications of other processes.',
      () => this.#repairs,
    );
    all.counter(
      'gap_repaired_publications_total',
      'Publications returned by those reads.',
      () => this.#repaired,
    );
    all.counterBy(
      'recoveries_total',
      'Subscribers that came back with a position: `recovered` received all that they missed, `lost` did not.',
      'outcome',
      () => this.#recoveries,
    );
    all.counterBy(
      'sessions_ended_total',
      'Sessions that this server ended, by close reason.',
      'reason',
      () => this.#ended,
    );
    all.counterBy(
      'refusals_total',
      'Frames and requests answered with an error, over every transport, by its code.',
      'code',
      () => this.#refusals,
    );
    all.counter(
      'outbox_relayed_total',
      'Outbox rows that this process moved into the log.',
      () => this.#relayed,
    );
    this.#process = addProcessMetrics(all, clock);
  }

  /** Shows what the manager holds; called once. */
  watch({ sessions, channels, broker, sendBuffers }: RealtimeManager): void {
    const all = this.#instruments;
    all.gaugeBy(
      'send_buffer_bytes',
      'Bytes that wait for readers that do not keep up, by transport.',
      'transport',
      () => {
        for (const name in this.#buffers) this.#buffers[name] = 0;
        return Object.assign(this.#buffers, Object.fromEntries(sendBuffers.sizes()));
      },
    );
    all.gauge(
      'send_buffer_limit_bytes',
      'LIMIT_SEND_BUFFERS_TOTAL_BYTES; above it, the readers with the fullest buffers are closed.',
      () => sendBuffers.limitBytes,
    );
    all.gauge(
      'connections',
      'Live sessions, including those that have not identified themselves.',
      () => sessions.size,
    );
    all.gaugeBy('sessions', 'Live sessions with an identity, by transport.', 'transport', () => {
      // A transport whose last session left stays, with zero: a series that ends looks like a failed scrape.
      for (const name in this.#transports) this.#transports[name] = 0;
      for (const { principal, transport } of sessions) {
        const { name } = transport.gateway;
        this.#transports[name] = (this.#transports[name] ?? 0) + (principal ? 1 : 0);
      }
      return this.#transports;
    });
    all.gauge('subscriptions', 'Live sessions × channels that they read.', () => channels.subscriptions);
    all.gauge('live_channels', 'Channels with readers in this process.', () => channels.size);
    all.gaugeBy(
      'broker_connected',
      '1 while publications are announced to the other processes and heard from them, otherwise 0.',
      'broker',
      () => ({ [broker.name]: broker.connected ? 1 : 0 }),
    );
  }

  delivered(sessions: number, lagMs: number): void {
    this.#deliveries += sessions;
    // The database's clock may be ahead of ours.
    this.#lag.observe(Math.max(0, lagMs) / 1_000);
  }

  settled(lagMs: number): void {
    this.#settleLag.observe(lagMs / 1_000);
  }

  published(count: number): void {
    this.#published += count;
  }

  gapRepaired(publications: number): void {
    this.#repairs += 1;
    this.#repaired += publications;
  }

  recovered(outcome: 'recovered' | 'lost'): void {
    this.#recoveries[outcome] += 1;
  }

  disconnected(reason: CloseReason): void {
    this.#ended[reason] += 1;
  }

  refused(code: ErrorCode): void {
    this.#refusals[code] += 1;
  }

  /** One append of so many publications took `ms`. */
  appended(publications: number, ms: number): void {
    this.#batchSize.observe(publications);
    this.#appendTime.observe(ms / 1_000);
  }

  /** So many outbox rows are in the log now. */
  relayed(rows: number): void {
    this.#relayed += rows;
  }

  /** The oldest row of a move had waited so long. */
  relayLag(ms: number): void {
    this.#relayLag.observe(Math.max(0, ms) / 1_000);
  }

  /** The numbers that an operator's page shows, since the start of the process. */
  async numbers() {
    return {
      publications: this.#published,
      deliveries: this.#deliveries,
      gapRepairs: this.#repairs,
      recovered: this.#recoveries.recovered,
      lost: this.#recoveries.lost,
      relayed: this.#relayed,
      ended: withoutZeros(this.#ended),
      refusals: withoutZeros(this.#refusals),
      deliveryLag: await bucketsOf(this.#lag),
      settleLag: await bucketsOf(this.#settleLag),
      relayLag: await bucketsOf(this.#relayLag),
      eventLoopLag: await bucketsOf(this.#process.eventLoopLag),
    };
  }

  async scrape(): Promise<Response> {
    const headers = { 'content-type': this.#instruments.contentType };
    return new Response(await this.#instruments.text(), { headers });
  }

  [Symbol.dispose](): void {
    this.#process[Symbol.dispose]();
  }
}

/** `GET /metrics`, for the service key and admins: load and outages are nobody else's business. */
export function metricsRoute({ auth, metrics }: { readonly auth: AuthPlugin; readonly metrics: Metrics }) {
  return new Elysia({ name: 'gateway-metrics', tags: ['operations'] })
    .use(auth)
    .get('/metrics', () => metrics.scrape(), {
      operate: ['admin'],
      detail: {
        summary: 'Numbers of this process, for Prometheus',
        description:
          'Needs a service key with the scope `operate` as `x-api-key`, or the role `admin`; open in insecure mode.',
        responses: {
          200: {
            description: 'The text format of Prometheus',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
      },
    });
}

const withoutZeros = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
