import { expect, test } from 'bun:test';
import { createSeededDatabase, type GatewayService } from '../../support/services/gateway-service.ts';
import { makeToken, serviceKey } from '../../support/services/service.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { until } from '../../support/until.ts';
import { type GatewayDriver, type ReadOptions, read, servicesOf } from './driver.ts';

/** A reader that goes leaves nothing behind; one that is ended is told why, and may come back unless it is told otherwise. */
export function endingContract(driver: GatewayDriver): void {
  const start = servicesOf(driver);
  const open = (options: ReadOptions) => read(driver, options);
  const key = { 'x-api-key': serviceKey };
  const order = async (service: GatewayService, what: 'disconnect' | 'revoke') => {
    // A poll is a session before it is identified, and the order ends those that are.
    await until(async () => {
      const { body } = await service.get('/api/operate/sessions?user=user123', key);
      return (body as { readonly matching: number }).matching > 0;
    });
    await service.post(`/api/realtime/users/user123/${what}`, '', key);
  };

  test('whoever goes without a word leaves nothing behind', async () => {
    await using service = await start();
    const channels = ['cases', 'hearings'];
    for (let n = 0; n < 3; n++) {
      await using _reader = await open({ service, token: await makeToken(), channels });
      await until(async () => (await service.connected()) > 0);
    }
    await until(async () => (await service.connected()) === 0);
    expect(await service.get('/ws/status')).toMatchObject({ body: { activeChannels: [] } });
  });

  test('a reader ends when its token does', async () => {
    const clock = new SkippingClock();
    await using service = await start({}, undefined, [], { clock });
    await using reader = await open({ service, token: await makeToken({ expiresIn: 20 }) });
    clock.skip(20_000);
    expect(await reader.ended).toMatchObject({ reason: 'expired' });
    await until(async () => (await service.connected()) === 0);
    await service.publishHearing();
    expect(reader.inbox.all(() => true)).toEqual([]);
  });

  test('a revocation ends a reader and refuses its token; others, and a later token, are let be', async () => {
    await using service = await start();
    const token = await makeToken({ issuedIn: -60 });
    await using reader = await open({ service, token });
    await using other = await open({ service, token: await makeToken({ user: 'captain1', issuedIn: -60 }) });
    await order(service, 'revoke');
    expect(await reader.ended).toMatchObject({ reason: 'revoked' });
    expect(await service.count('sessions_ended_total', { reason: 'revoked' })).toBe(1);
    for (const since of [{}, { hearings: `${await service.epochOf('hearings')}:0` }]) {
      await expect(open({ service, token, since })).rejects.toThrow('token_revoked');
    }
    await using later = await open({ service, token: await makeToken({ issuedIn: 2 }) });
    await service.publishHearing();
    for (const each of [other, later]) expect(await each.offsets(1)).toEqual([1]);
    expect(reader.inbox.all(() => true)).toEqual([]);
  });

  test('a disconnect ends a reader, who comes back with the same token and misses nothing', async () => {
    await using service = await start();
    const token = await makeToken({ issuedIn: -60 });
    await service.publishHearing();
    await using reader = await open({ service, token });
    const since = await reader.standing();
    await order(service, 'disconnect');
    await until(async () => (await service.count('sessions_ended_total', { reason: 'disconnected' })) === 1);
    // A poll that waits is answered early, and its client asks again.
    if (driver.kind !== 'request') expect(await reader.ended).toMatchObject({ reason: 'disconnected' });
    await service.publishHearing();
    await using again = await open({ service, token, since });
    expect(await again.offsets(1)).toEqual([2]);
  });

  test('a shutdown ends every reader, and the next process goes on where it was', async () => {
    await using database = await createSeededDatabase();
    const first = await start({}, database);
    await first.publishHearings(2);
    await using reader = await open({ service: first, token: await makeToken() });
    await until(async () => (await first.connected()) > 0);
    // By polling the position comes a moment after the answer that let the reader in.
    const since = await reader.standing();
    await first[Symbol.asyncDispose]();
    expect(await reader.ended).toMatchObject({ reason: 'shutdown' });
    await using next = await start({}, database);
    await next.publishHearings(2);
    await using again = await open({ service: next, token: await makeToken(), since });
    expect(await again.offsets(2)).toEqual([3, 4]);
  });
}
