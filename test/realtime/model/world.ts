import type { Position } from '../../../src/protocol/wire/position.ts';
import type { Exclusion, Publication } from '../../../src/protocol/wire/publication.ts';
import type { RealtimeManager } from '../../../src/realtime/manager.ts';
import type { BrokerListener, ConnectBroker } from '../../../src/realtime/ports/broker.ts';
import type { Session } from '../../../src/realtime/sessions/session.ts';
import { createEngine, someone } from '../../support/services/engine.ts';
import { Ledger } from './ledger.ts';
import { ReferenceReader } from './reader.ts';
import { Calls, scriptedLog } from './scripted-log.ts';
import { ModelGateway, SlowTransport } from './slow-transport.ts';

/** The one channel of the model. */
const channel = 'open';
/** Longer than the engine waits between two attempts. */
const retryMs = 5_000;
/** More steps than the longest backlog takes, one publication a page. */
const mostSteps = 20_000;

/** One client: its reference, and its session of the moment. */
interface Client {
  readonly reference: ReferenceReader;
  session: Session;
  transport: SlowTransport;
  isBusy: boolean;
}

/** The engine under test with a log and a broker that do each thing when the test says so. */
export class World {
  readonly ledger = new Ledger(channel);
  readonly calls = new Calls();
  readonly clients: Client[] = [];
  readonly faults: string[] = [];
  /** Word of publications that no broker has carried yet. */
  readonly inFlight: Publication[] = [];
  readonly #engine: ReturnType<typeof createEngine>;
  #listener: BrokerListener | undefined;
  readonly #gateways = [new ModelGateway(), new ModelGateway()] as const;
  #isWanted = false;
  #isJoined = false;
  /** The furthest position of the present life that the broker had word of. */
  #told: Position | undefined;

  private constructor(Manager: typeof RealtimeManager, pageSize: number) {
    const log = scriptedLog(this.ledger, this.calls, pageSize);
    this.#engine = createEngine({ log, connectBroker: this.#connectBroker() }, Manager);
  }

  static async open(Manager: typeof RealtimeManager, pageSize: number, clients: number): Promise<World> {
    const world = new World(Manager, pageSize);
    for (let n = 0; n < clients; n++) {
      const reference = new ReferenceReader(`user${n}`, world.ledger, (fault) => world.faults.push(fault));
      world.clients.push({ reference, isBusy: false, ...(await world.#connect(reference, n)) });
    }
    return world;
  }

  client(index: number): Client {
    const client = this.clients[index % this.clients.length];
    if (!client) throw new Error('The world has no client.');
    return client;
  }

  commit(count: number, exclude: Exclusion | undefined): void {
    for (let n = 0; n < count; n++) this.inFlight.push(this.ledger.commit(exclude));
  }

  /** The broker carries one word: as the whole publication, or as its position alone. */
  carry(index: number, { whole, again }: { whole: boolean; again: boolean }): void {
    const [publication] = again
      ? this.inFlight.slice(index % this.inFlight.length)
      : this.inFlight.splice(index % this.inFlight.length, 1);
    if (!publication) return;
    const { epoch, offset } = publication;
    // A word that comes before the broker is joined is not heard; the head that is read after the join covers it.
    if (epoch === this.ledger.head.epoch && offset > (this.#told?.offset ?? 0))
      this.#told = { epoch, offset };
    if (!this.#isJoined) return;
    if (whole) this.#listener?.onPublication(publication);
    else this.#listener?.onPosition(channel, { epoch, offset });
  }

  beginLife(kept: number): void {
    this.ledger.beginLife(kept);
    this.#told = undefined;
  }

  subscribe(client: Client, since: Position | undefined): void {
    const { session, reference } = client;
    const { subscriptions } = session;
    client.isBusy = true;
    reference.asks(since);
    const over = (error: unknown) => {
      if (client.session !== session) return;
      client.isBusy = false;
      reference.askedIsOver(error, session.closed);
      if ((reference.at !== undefined) !== subscriptions.has(channel)) {
        this.faults.push(`${reference.userId}: the subscription is not what the client was told`);
      }
    };
    this.#engine.manager
      .subscribe(session, channel, since, (answer) => {
        if (client.session === session) reference.answered(answer);
      })
      .then(() => over(undefined), over);
  }

  leave({ session, reference }: Client): void {
    this.#engine.manager.unsubscribe(session, channel);
    reference.left();
  }

  /** The connection is gone, whatever was under way on it, and the client comes by one of the other kind. */
  async reconnect(client: Client): Promise<void> {
    const { session, reference, transport } = client;
    transport.cut();
    this.#engine.manager.close(session);
    reference.left();
    const next = this.#gateways.findIndex((gateway) => gateway !== transport.gateway);
    Object.assign(client, await this.#connect(reference, next), { isBusy: false });
  }

  checkHeads(): void {
    void this.#engine.manager.checkHeads();
  }

  /** The broker tells that it may have lost something. */
  gap(): void {
    this.#listener?.onGap();
  }

  passTime(): void {
    this.#engine.clock.advance(retryMs);
  }

  /** Everything under way comes to its end. Nothing more is carried by the broker. */
  async quiesce(): Promise<void> {
    for (let quiet = 0, steps = 0; quiet < 2; steps++) {
      if (steps > mostSteps) throw new Error('R1: the engine never comes to rest');
      quiet = this.calls.size === 0 ? quiet + 1 : 0;
      for (let n = this.calls.size; n > 0; n--) this.calls.finish(0);
      for (const { transport } of this.clients) transport.drain();
      this.passTime();
      await turn();
    }
  }

  /** R1, without any help of the comparison of heads: everything that the broker had word of has reached every reader. */
  expectToldReached(): void {
    if (!this.#told) return;
    for (const { reference } of this.clients) reference.hasReached(this.#told, 'the broker had word of');
  }

  /** R1: after one comparison of heads every reader is at the end of the log, whatever the broker lost. */
  async expectHeadReached(): Promise<void> {
    await this.quiesce();
    this.checkHeads();
    await this.quiesce();
    for (const { reference, isBusy } of this.clients) {
      if (isBusy) this.faults.push(`R1: ${reference.userId} waits for a reply for ever`);
      reference.hasReached(this.ledger.head, 'the log reaches');
    }
  }

  /** The channel is forgotten some time after its last reader. */
  expectForgotten(): void {
    for (const client of this.clients) this.leave(client);
    this.passTime();
    if (this.#engine.manager.channels.get(channel))
      this.faults.push('the channel has no reader and stays open');
    if (this.#isJoined) this.faults.push('the channel has no reader and the broker was not left');
  }

  async #connect(reference: ReferenceReader, gateway: number) {
    const transport = new SlowTransport(this.#gateways[gateway % 2] ?? this.#gateways[0], reference);
    const session = this.#engine.manager.open(transport);
    await this.#engine.manager.identify(session, { ...someone, userId: reference.userId });
    return { session, transport };
  }

  #connectBroker(): ConnectBroker {
    return (listener) => {
      this.#listener = listener;
      return {
        name: 'scripted',
        connected: true,
        announce: () => undefined,
        echo: () => undefined,
        signal: () => undefined,
        join: () => {
          this.#isWanted = true;
          return this.calls.make('join', () => {
            this.#isJoined = this.#isWanted;
          });
        },
        leave: () => {
          this.#isWanted = false;
          this.#isJoined = false;
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    };
  }
}

/** Resolves when everything is done that waits for nothing but promises. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
