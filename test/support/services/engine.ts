import { createLogger } from '../../../src/logger.ts';
import type { EphemeralFrame } from '../../../src/protocol/frames/publication-frames.ts';
import { type ControlFrame, type WireFrame, wireFrame } from '../../../src/protocol/frames/server-frames.ts';
import type { CloseReason } from '../../../src/protocol/wire/close-codes.ts';
import { parsePosition } from '../../../src/protocol/wire/position.ts';
import { skippedType } from '../../../src/protocol/wire/publication.ts';
import type { Namespace } from '../../../src/realtime/channels/namespace.ts';
import { type ManagerDeps, RealtimeManager } from '../../../src/realtime/manager.ts';
import { createMemoryBus } from '../../../src/realtime/memory/bus.ts';
import { MemoryEventLog } from '../../../src/realtime/memory/event-log.ts';
import { createMemoryPresence } from '../../../src/realtime/memory/presence-store.ts';
import { createMemoryRevocations } from '../../../src/realtime/memory/revocation-store.ts';
import type { EventLog } from '../../../src/realtime/ports/event-log.ts';
import type { Delivery, Gateway, Transport } from '../../../src/realtime/ports/transport.ts';
import type { Principal } from '../../../src/realtime/principal.ts';
import type { Limits } from '../../../src/realtime/sessions/limits.ts';
import type { Session } from '../../../src/realtime/sessions/session.ts';
import { ManualClock } from '../manual-clock.ts';

export const limits: Limits = {
  socketsPerUser: 5,
  streamsPerUser: 3,
  streamLifetimeMs: 900_000,
  requestsPerMinute: 300,
  framesPerMinute: 100,
  errorsPerMinute: 20,
  channelsPerSession: 3,
  frameBytes: 65_536,
  sendBufferBytes: 1_048_576,
  sendBuffersTotalBytes: 16 * 1_048_576,
  publicationBytes: 1_000,
  authTimeoutMs: 10_000,
  heartbeatMs: 25_000,
};

/** `open` and, with presence, `lobby` for everybody, `own` personal, `team:{id}` for the tenant, `staff` for that role. */
export const namespaces: readonly Namespace[] = [
  { pattern: 'open', read: () => true, publish: () => true },
  { pattern: 'own', read: () => true, personal: true },
  { pattern: 'team:{id}', read: async (principal, id = '') => principal.tenants.includes(id) },
  { pattern: 'staff', read: (principal) => principal.role === 'staff' },
  { pattern: 'lobby', read: () => true, ephemeral: ['typing'], presence: true },
];

export const someone: Principal = { userId: 'someone', role: 'user', tenants: [] };

/** A gateway whose clients only take notes. */
export class RecordingGateway implements Gateway {
  readonly name = 'recording';
  readonly userLimit = 'socketsPerUser';
  readonly clients = new Set<RecordingClient>();

  broadcasts = 0;

  broadcast(channel: string, delivery: Delivery): void {
    this.multicast(channel, delivery, this.clients);
  }

  multicast(channel: string, delivery: Delivery, to: Iterable<RecordingClient>): void {
    this.broadcasts += 1;
    for (const client of to) if (client.channels.has(channel)) client.deliver(delivery);
  }
}

export class RecordingClient implements Transport {
  readonly gateway: RecordingGateway;
  readonly channels = new Set<string>();
  /** The names of the wire. */
  readonly frames: WireFrame[] = [];
  /** Everything in the order it came: control frames by type, publications as `channel/offset`, those without content marked. */
  readonly received: string[] = [];
  probes = 0;
  readonly congested = true;
  ended: CloseReason | undefined;

  constructor(gateway: RecordingGateway) {
    this.gateway = gateway;
    gateway.clients.add(this);
  }

  send(frame: ControlFrame): void {
    this.frames.push(wireFrame(frame));
    this.received.push(frame.type);
  }

  deliver({ publication, text }: Delivery): void {
    const { channel, type } = JSON.parse(text) as { channel: string; type: string };
    this.received.push(`${channel}/${publication.offset}${type === skippedType ? ' skipped' : ''}`);
  }

  whisper(frame: EphemeralFrame): void {
    this.received.push(`${frame.channel}~${frame.type}`);
  }

  join(channel: string): void {
    this.channels.add(channel);
  }

  leave(channel: string): void {
    this.channels.delete(channel);
  }

  probe(): void {
    this.probes += 1;
  }

  async drained(): Promise<void> {
    await undefined;
  }

  disconnect(reason: CloseReason): void {
    this.ended = reason;
  }
}

/** An engine over in-memory forms; `connect` adds a client. */
/** `Manager` is another build of the engine's, where a test has one. */
export function createEngine(overrides: Partial<ManagerDeps> = {}, Manager = RealtimeManager) {
  let ids = 0;
  const clock = new ManualClock();
  const log: EventLog =
    overrides.log ?? new MemoryEventLog({ now: () => clock.now(), createEpoch: () => `epoch${++ids}` });
  const manager = new Manager({
    connectBroker: createMemoryBus(),
    namespaces,
    limits,
    clock,
    logger: createLogger('silent'),
    presence: createMemoryPresence({ clock })(),
    revocations: createMemoryRevocations(clock),
    createId: () => `id${++ids}`,
    ...overrides,
    log,
  });
  const gateway = new RecordingGateway();
  return {
    clock,
    log,
    manager,
    gateway,
    /** A session of `principal`, or of nobody yet. */
    async connect(principal?: Principal): Promise<{ client: RecordingClient; session: Session }> {
      const client = new RecordingClient(gateway);
      const session = manager.open(client);
      if (principal) await manager.identify(session, principal);
      return { client, session };
    },
    async subscribe(session: Session, channel: string, since?: string): Promise<void> {
      const from = since === undefined ? undefined : parsePosition(since);
      await manager.subscribe(session, channel, from, (answer) =>
        session.transport.send({ type: 'subscribed', channel, ...answer }),
      );
    },
  };
}
