import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPhone } from '../../test/support/java/phone.ts';
import { startTcpRelay } from '../../test/support/network/tcp-relay.ts';
import { startTestService } from '../../test/support/services/service.ts';

const name = 'officer';
const channels = ['hearings', 'cases', 'persons', 'notifications'];

/** The use of an officer's phone in a day. */
const day = {
  /** Hours in which the connection is open. */
  hours: 10,
  /** Returns to the foreground after the connection was lost. */
  returns: 40,
  /** Publications of all four channels. */
  publications: 300,
  /** Periodic jobs, of a quarter of an hour, that bring the channels up to date over HTTP beside the open hours. */
  syncs: 56,
};

/** Bytes over the phone's sockets, both directions, without those of TLS, TCP and IP. */
export interface Day {
  readonly firstFill: number;
  readonly perReturn: number;
  readonly perPublication: number;
  readonly perIdleHour: number;
  readonly perSync: number;
  readonly inADay: number;
}

/** Weighs each thing that an officer's phone does, on real connections, and reckons the bytes of a day. */
export async function weighDay(idleSeconds: number): Promise<Day> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tambuli-day-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const service = stack.use(await startTestService({ env: { LOG_LEVEL: 'warn' } }));
  const relay = stack.use(await startTcpRelay(service.url));
  const phone = stack.use(await startPhone());
  const whole = () => Promise.all(channels.map((channel) => phone.next({ ...live, channel })));
  const live = { event: 'channel', name, status: 'subscribed' };
  const weigh = async (act: () => Promise<unknown>) => {
    const before = relay.bytes;
    await act();
    return relay.bytes - before;
  };

  phone.tell({
    do: 'open',
    name,
    url: relay.url,
    file: join(folder, 'phone.db'),
    userId: 'user123',
    role: 'officer',
  });
  const firstFill = await weigh(async () => {
    for (const channel of channels) phone.tell({ do: 'subscribe', name, channel });
    phone.tell({ do: 'connect', name });
    await whole();
  });
  const publications = 20;
  const published = await weigh(async () => {
    for (let n = 0; n < publications; n++) {
      await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
      await phone.next({ event: 'publication', name, channel: 'hearings' });
    }
  });
  const idle = await weigh(() => Bun.sleep(idleSeconds * 1_000));
  const perReturn = await weigh(async () => {
    relay.cut();
    phone.tell({ do: 'foreground', name });
    await whole();
  });
  phone.tell({ do: 'disconnect', name });
  await phone.next({ event: 'state', name, status: 'disconnected' });
  const perSync = await weigh(async () => {
    for (const channel of channels) {
      phone.tell({ do: 'sync', name, channel });
      await phone.next({ event: 'synced', name, channel });
    }
  });

  const perPublication = Math.round(published / publications);
  const perIdleHour = Math.round((idle / idleSeconds) * 3_600);
  const inADay =
    perReturn * day.returns +
    perPublication * day.publications +
    perIdleHour * day.hours +
    perSync * day.syncs;
  return { firstFill, perReturn, perPublication, perIdleHour, perSync, inADay };
}
