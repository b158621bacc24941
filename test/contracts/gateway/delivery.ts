import { expect, test } from 'bun:test';
import { openDomain } from '../../support/services/open-domain.ts';
import { makeToken, serviceKey } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';
import { type GatewayDriver, type ReadOptions, range, read, servicesOf } from './driver.ts';

/** R1, R2: everything, in order, once; or a word that it is gone. */
export function deliveryContract(driver: GatewayDriver): void {
  const start = servicesOf(driver);
  const open = (options: ReadOptions) => read(driver, options);

  test('publications of several channels come in order, each once', async () => {
    await using service = await start();
    await using reader = await open({ service, token: await makeToken(), channels: ['cases', 'hearings'] });
    for (let n = 0; n < 20; n++) await Promise.all([service.publishHearing(), service.publishCase()]);
    expect(await reader.offsets(20)).toEqual(range(1, 20));
    expect(await reader.offsets(20, 'cases')).toEqual(range(1, 20));
    expect(reader.inbox.all(() => true)).toHaveLength(40);
  });

  test('who comes back with positions gets everything after them, then what is live', async () => {
    await using service = await start();
    const channels = ['cases', 'hearings'];
    const first = await open({ service, token: await makeToken(), channels });
    await service.publishHearings(3);
    await first.offsets(3);
    await until(() => first.positions()['hearings']?.endsWith(':3') === true);
    await first.close();
    await service.publishCase();
    await service.publishBacklog(320);
    const since = first.positions();
    await using second = await open({ service, token: await makeToken(), channels, since });
    await service.publishHearings(5);
    expect(await second.offsets(325)).toEqual(range(4, 328));
    expect(await second.offsets(1, 'cases')).toEqual([1]);
  });

  test('under concurrent publishing nothing falls between history and live', async () => {
    await using service = await start();
    await service.publishBacklog(150);
    const since = { hearings: `${await service.epochOf('hearings')}:10` };
    const publishing = service.publishHearings(100);
    await using reader = await open({ service, token: await makeToken(), since });
    await publishing;
    expect(await reader.offsets(240)).toEqual(range(11, 250));
  });

  test('a position of another life, of the future, or pruned is told with the one to go on from', async () => {
    await using service = await start();
    await service.publishHearings(3);
    const epoch = await service.epochOf('hearings');
    await service.database.query('delete from realtime_publications where "offset" <= 2');
    const token = await makeToken();
    for (const since of ['elsewhere:2', `${epoch}:9`, `${epoch}:1`]) {
      await using reader = await open({ service, token, since: { hearings: since } });
      const position = `${epoch}:3`;
      expect(await reader.inbox.next(({ kind }) => kind === 'lost', 'lost')).toMatchObject({ position });
      expect(reader.inbox.all(({ kind }) => kind === 'publication')).toEqual([]);
    }
    await using reader = await open({ service, token, since: { hearings: 'elsewhere:2' } });
    await reader.inbox.next(({ kind }) => kind === 'lost', 'lost');
    await service.publishHearing();
    expect(await reader.offsets(1)).toEqual([4]);
  });

  test('a log that begins a new life under a reader is told', async () => {
    await using service = await start({ HEAD_CHECK_MS: '50' });
    await using reader = await open({ service, token: await makeToken() });
    await service.publishHearings(2);
    await reader.offsets(2);
    await service.database.query('truncate realtime_channels, realtime_publications');
    const lost = await reader.inbox.next(({ kind }) => kind === 'lost', 'lost');
    expect(lost).toMatchObject({ channel: 'hearings' });
  });

  test('what is kept from a user is skipped in its place, live and later, and nobody else misses it', async () => {
    await using service = await start({}, undefined, [openDomain]);
    const channels = ['open:1'];
    const token = await makeToken({ user: 'author' });
    await using author = await open({ service, token, channels });
    await using other = await open({ service, token: await makeToken(), channels });
    const note = { channel: 'open:1', type: 'note', data: 1 };
    for (const more of [{ exclude: { userId: 'author' } }, {}]) {
      await service.post('/api/realtime/publish', { ...note, ...more }, { 'x-api-key': serviceKey });
    }
    const since = { 'open:1': `${await service.epochOf('open:1')}:0` };
    await using later = await open({ service, token, channels, since });
    const kept = [
      { offset: 1, type: 'skipped' },
      { offset: 2, type: 'note' },
    ];
    for (const reader of [author, later]) {
      for (const item of kept) expect(await reader.next('open:1')).toMatchObject(item);
    }
    for (const offset of [1, 2]) expect(await other.next('open:1')).toMatchObject({ offset, type: 'note' });
  });

  test('a reader is seen by whoever asks who is there', async () => {
    await using service = await start({}, undefined, [openDomain]);
    await using _reader = await open({ service, token: await makeToken(), channels: ['lobby:1'] });
    const seen = async () => {
      const { body } = await service.get('/api/realtime/presence/lobby:1', { 'x-api-key': serviceKey });
      return body as { users: { userId: string }[] };
    };
    await until(async () => (await seen()).users.length > 0);
    expect(await seen()).toMatchObject({ count: 1, users: [{ userId: 'user123', role: 'officer' }] });
  });

  // A poll is answered from the log, where this is not.
  if (driver.kind === 'request') return;

  test('a reader is told who is there, and then who comes', async () => {
    await using service = await start({}, undefined, [openDomain]);
    const channels = ['lobby:1'];
    await using reader = await open({ service, token: await makeToken(), channels });
    const told = () => reader.inbox.next(({ kind }) => kind === 'presence', 'presence');
    expect(await told()).toMatchObject({ channel: 'lobby:1', type: 'presence_state', count: 1 });
    await using _other = await open({ service, token: await makeToken({ user: 'captain1' }), channels });
    expect(await told()).toMatchObject({ channel: 'lobby:1', type: 'presence_diff', count: 2 });
  });
}
