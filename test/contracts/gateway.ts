import { describe, expect, test } from 'bun:test';
import type { Env } from '../../src/config.ts';
import {
  createSeededDatabase,
  type GatewayService,
  startGatewayService,
} from '../support/gateway-service.ts';
import { createInbox, type Inbox } from '../support/inbox.ts';
import { makeToken } from '../support/service.ts';
import { until } from '../support/until.ts';

/** What a reader of any transport sees. */
export type Item =
  | { readonly kind: 'publication'; readonly channel: string; readonly offset: number }
  | { readonly kind: 'lost'; readonly channel: string; readonly position: string };

export interface OpenOptions {
  readonly service: GatewayService;
  readonly token: string;
  readonly channels: readonly string[];
  /** Positions by channel. */
  readonly since: Readonly<Record<string, string>>;
  readonly take: (item: Item) => void;
}

export interface Connection {
  /** Where it stands now, by channel. */
  readonly positions: () => Readonly<Record<string, string>>;
  /** Settles with the reason when the server ended it. */
  readonly ended: Promise<string>;
  readonly close: () => Promise<unknown>;
}

/** One transport, as a client of it works. `open` resolves when it reads, and rejects with the code of a refusal. */
export interface GatewayDriver {
  readonly name: string;
  readonly open: (options: OpenOptions) => Promise<Connection>;
}

interface Reader extends AsyncDisposable, Connection {
  readonly inbox: Inbox<Item>;
  /** The offsets of the next publications on `hearings`. */
  offsets(count: number): Promise<number[]>;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const limits: Env = { LIMIT_SOCKETS_PER_USER: '2', LIMIT_STREAMS_PER_USER: '2' };

/** What every gateway promises, over real connections. */
export function gatewayContract(driver: GatewayDriver): void {
  async function read(
    service: GatewayService,
    token: string,
    channels: readonly string[] = ['hearings'],
    since: Readonly<Record<string, string>> = {},
  ): Promise<Reader> {
    const inbox = createInbox<Item>(`${driver.name} reader`);
    const connection = await driver.open({ service, token, channels, since, take: inbox.push });
    return {
      ...connection,
      inbox,
      async offsets(count) {
        const taken: number[] = [];
        while (taken.length < count) {
          const item = await inbox.next(({ channel }) => channel === 'hearings', 'publication');
          if (item.kind === 'publication') taken.push(item.offset);
          else throw new Error('The position was lost.');
        }
        return taken;
      },
      [Symbol.asyncDispose]: async () => void (await connection.close()),
    };
  }
  const publish = async (service: GatewayService, count: number) => {
    for (let n = 0; n < count; n++) await service.publishHearing();
  };

  describe(`${driver.name} keeps the contract of a gateway:`, () => {
    test('publications of several channels come in order, each once', async () => {
      await using service = await startGatewayService();
      await using reader = await read(service, await makeToken(), ['cases', 'hearings']);
      for (let n = 0; n < 20; n++) await Promise.all([service.publishHearing(), service.publishCase()]);
      expect(await reader.offsets(20)).toEqual(range(1, 20));
      for (const offset of range(1, 20)) {
        expect(await reader.inbox.next(({ channel }) => channel === 'cases', 'case')).toMatchObject({
          offset,
        });
      }
      expect(reader.inbox.all(() => true)).toHaveLength(40);
    });

    test('who comes back with positions gets everything after them, then what is live', async () => {
      await using service = await startGatewayService();
      const first = await read(service, await makeToken(), ['cases', 'hearings']);
      await publish(service, 3);
      await first.offsets(3);
      await until(() => first.positions()['hearings']?.endsWith(':3') === true);
      await first.close();
      await service.publishCase();
      await publish(service, 320);
      await using second = await read(service, await makeToken(), ['cases', 'hearings'], first.positions());
      await publish(service, 5);
      expect(await second.offsets(325)).toEqual(range(4, 328));
      expect(await second.inbox.next(({ channel }) => channel === 'cases', 'case')).toMatchObject({
        offset: 1,
      });
    });

    test('under concurrent publishing nothing falls between history and live', async () => {
      await using service = await startGatewayService();
      await publish(service, 150);
      const epoch = await service.epochOf('hearings');
      const publishing = publish(service, 100);
      await using reader = await read(service, await makeToken(), ['hearings'], { hearings: `${epoch}:10` });
      await publishing;
      expect(await reader.offsets(240)).toEqual(range(11, 250));
    });

    test('a position of another life, of the future, or pruned is told with the one to go on from', async () => {
      await using service = await startGatewayService();
      await publish(service, 3);
      const epoch = await service.epochOf('hearings');
      await service.database.query('delete from realtime_publications where "offset" <= 2');
      for (const since of ['elsewhere:2', `${epoch}:9`, `${epoch}:1`]) {
        await using reader = await read(service, await makeToken(), ['hearings'], { hearings: since });
        const position = `${epoch}:3`;
        expect(await reader.inbox.next(({ kind }) => kind === 'lost', 'lost')).toMatchObject({ position });
        expect(reader.inbox.all(({ kind }) => kind === 'publication')).toEqual([]);
      }
      await using reader = await read(service, await makeToken(), ['hearings'], { hearings: 'elsewhere:2' });
      await reader.inbox.next(({ kind }) => kind === 'lost', 'lost');
      await publish(service, 1);
      expect(await reader.offsets(1)).toEqual([4]);
    });

    test('a log that begins a new life under a reader is told', async () => {
      await using service = await startGatewayService({ HEAD_CHECK_MS: '50' });
      await using reader = await read(service, await makeToken());
      await publish(service, 2);
      await reader.offsets(2);
      await service.database.query('truncate realtime_channels, realtime_publications');
      const lost = await reader.inbox.next(({ kind }) => kind === 'lost', 'lost');
      expect(lost).toMatchObject({ channel: 'hearings' });
    });

    test('nobody gets in without a good token, nor reads what the rule of the channel denies', async () => {
      await using service = await startGatewayService();
      const resident = await makeToken({ user: 'resident7', role: 'resident' });
      const expired = await makeToken({ expiresIn: -5 });
      const refusals: [token: string, channel: string, since: string | undefined, code: string][] = [
        ['nonsense', 'hearings', undefined, 'invalid_token'],
        [expired, 'hearings', undefined, 'token_expired'],
        [resident, 'hearings', undefined, 'forbidden'],
        [resident, 'hearings', 'some:0', 'forbidden'],
        [resident, 'case:457', undefined, 'forbidden'],
        [resident, 'nothing', undefined, 'unknown_channel'],
      ];
      for (const [token, channel, since, code] of refusals) {
        const opening = read(service, token, [channel], since === undefined ? {} : { [channel]: since });
        await expect(opening).rejects.toThrow(code);
      }
      await until(async () => (await service.connected()) === 0);
    });

    test('nobody gets another user’s notifications, live or by that user’s position', async () => {
      await using service = await startGatewayService();
      await service.notify('user123', 1);
      const epoch = await service.epochOf('notifications:user123');
      const resident = await makeToken({ user: 'resident7', role: 'resident' });
      const stolen = { notifications: `${epoch}:0` };
      await using owner = await read(service, await makeToken(), ['notifications'], stolen);
      await using other = await read(service, resident, ['notifications'], stolen);
      await service.notify('user123', 1);
      await service.notify('resident7', 1);
      for (const offset of [1, 2]) {
        expect(await owner.inbox.next(() => true, 'notification')).toMatchObject({ offset });
      }
      expect(await other.inbox.next(({ kind }) => kind === 'publication', 'own')).toMatchObject({
        offset: 1,
      });
      expect(other.inbox.all(({ kind }) => kind === 'publication')).toHaveLength(1);
    });

    test('a reader ends when its token does', async () => {
      await using service = await startGatewayService();
      await using reader = await read(service, await makeToken({ expiresIn: 1.2 }));
      expect(await reader.ended).toBe('expired');
      await until(async () => (await service.connected()) === 0);
      await publish(service, 1);
      expect(reader.inbox.all(() => true)).toEqual([]);
    });

    test('a user has as many connections as are allowed, and a freed one admits again', async () => {
      await using service = await startGatewayService(limits);
      const token = await makeToken();
      await using _first = await read(service, token);
      await using second = await read(service, token);
      await until(async () => (await service.connected()) === 2);
      const refused = read(service, token).then((third) => third.ended);
      await expect(refused.catch((error: unknown) => String(error))).resolves.toContain(
        'too_many_connections',
      );
      await using other = await read(service, await makeToken({ user: 'captain1' }));
      await second.close();
      await until(async () => (await service.connected()) === 2);
      await using fourth = await read(service, token);
      await until(async () => (await service.connected()) === 3);
      await publish(service, 1);
      for (const reader of [other, fourth]) expect(await reader.offsets(1)).toEqual([1]);
    });

    test('whoever goes without a word leaves nothing behind', async () => {
      await using service = await startGatewayService();
      for (let n = 0; n < 3; n++) {
        await using _reader = await read(service, await makeToken(), ['cases', 'hearings']);
        await until(async () => (await service.connected()) > 0);
      }
      await until(async () => (await service.connected()) === 0);
      expect(await service.get('/ws/status')).toMatchObject({ body: { activeChannels: [] } });
    });

    test('a shutdown ends every reader, and the next process goes on where it was', async () => {
      await using database = await createSeededDatabase();
      const first = await startGatewayService({}, database);
      await publish(first, 2);
      await using reader = await read(first, await makeToken());
      await until(async () => (await first.connected()) > 0);
      await first[Symbol.asyncDispose]();
      expect(await reader.ended).toBe('shutdown');
      await using next = await startGatewayService({}, database);
      await publish(next, 2);
      await using again = await read(next, await makeToken(), ['hearings'], reader.positions());
      expect(await again.offsets(2)).toEqual([3, 4]);
    });
  });
}
