import { expect, test } from 'bun:test';
import { defineDomain } from '../../../src/extension/domain.ts';
import { makeToken, serviceKey } from '../../support/services/service.ts';
import { SkippingClock } from '../../support/skipping-clock.ts';
import { until } from '../../support/until.ts';
import { type GatewayDriver, type ReadOptions, read, servicesOf } from './driver.ts';

/** R3: nobody gets what the rule of a channel denies, and nobody gets in without being somebody. */
export function accessContract(driver: GatewayDriver): void {
  const start = servicesOf(driver);
  const open = (options: ReadOptions) => read(driver, options);

  test('nobody gets in without a good token, nor reads what the rule of the channel denies', async () => {
    await using service = await start();
    const resident = await makeToken({ user: 'resident7', role: 'resident' });
    const expired = await makeToken({ expiresIn: -5 });
    const refusals: [token: string, channel: string, since: string | undefined, code: string][] = [
      ['nonsense', 'hearings', undefined, 'invalid_token'],
      [expired, 'hearings', undefined, 'token_expired'],
      [resident, 'hearings', undefined, 'forbidden'],
      [resident, 'hearings', 'some:0', 'forbidden'],
      [resident, 'case:457', undefined, 'forbidden'],
    ];
    for (const [token, channel, since, code] of refusals) {
      const options = { service, token, channels: [channel], ...(since && { since: { [channel]: since } }) };
      await expect(open(options)).rejects.toThrow(code);
      expect(await service.count('refusals_total', { code })).toBeGreaterThan(0);
    }
    await until(async () => (await service.connected()) === 0);
  });

  test('a name that is no channel, or that only objects have, is refused with and without a position', async () => {
    await using service = await start({ LIMIT_SOCKETS_PER_USER: '100' });
    const token = await makeToken();
    const wrong = [
      ...['nothing', 'Hearings', 'hearings:1', 'case', 'case:456:1', 'case:__proto__', '_control', '_canary'],
      ...['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'],
    ];
    for (const name of wrong) {
      for (const since of [{}, Object.fromEntries([[name, 'some:0']])]) {
        // A text that is no name cannot stand in a vector either.
        const expected = /unknown_channel|validation_failed|invalid_frame/;
        await expect(open({ service, token, channels: [name], since })).rejects.toThrow(expected);
      }
    }
    expect(await service.count('refusals_total', { code: 'unknown_channel' })).toBeGreaterThanOrEqual(
      wrong.length,
    );
    await until(async () => (await service.connected()) === 0);
    await using reader = await open({ service, token });
    await service.publishHearing();
    expect(await reader.offsets(1)).toEqual([1]);
  });

  test('nobody gets another user’s notifications, live or by that user’s position', async () => {
    await using service = await start();
    await service.notify('user123', 1);
    const epoch = await service.epochOf('notifications:user123');
    const token = await makeToken({ user: 'resident7', role: 'resident' });
    const stolen = { channels: ['notifications'], since: { notifications: `${epoch}:0` } };
    await using owner = await open({ service, token: await makeToken(), ...stolen });
    await using other = await open({ service, token, ...stolen });
    await service.notify('user123', 1);
    await service.notify('resident7', 1);
    expect(await owner.offsets(2, 'notifications')).toEqual([1, 2]);
    const isPublication = ({ kind }: { kind: string }) => kind === 'publication';
    expect(await other.inbox.next(isPublication, 'own')).toMatchObject({ offset: 1 });
    expect(other.inbox.all(isPublication)).toHaveLength(1);
  });

  test('a right that was lost meanwhile keeps out who comes back with the same token, until it is given again', async () => {
    const allowed = new Set(['ana']);
    const channel = 'granted:7';
    const granted = defineDomain({
      name: 'granted',
      channels: () => [{ pattern: 'granted:{id}', read: ({ userId }) => allowed.has(userId) }],
    });
    await using service = await start({}, undefined, [granted]);
    const publish = () =>
      service.post('/api/realtime/publish', { channel, type: 'note', data: 1 }, { 'x-api-key': serviceKey });
    const token = await makeToken({ user: 'ana' });
    const channels = [channel];
    await using reader = await open({ service, token, channels });
    const begun = await reader.standing();
    await publish();
    expect(await reader.offsets(1, channel)).toEqual([1]);
    await reader.close();
    allowed.clear();
    await publish();
    for (const since of [begun, {}]) {
      await expect(open({ service, token, channels, since })).rejects.toThrow('forbidden');
    }
    await until(async () => (await service.connected()) === 0);
    allowed.add('ana');
    await using again = await open({ service, token, channels, since: begun });
    expect(await again.offsets(2, channel)).toEqual([1, 2]);
  });

  // A token that comes with every request is not refreshed; and a browser keeps from a page of another origin what it would read over HTTP.
  if (driver.kind !== 'socket') return;

  test('a token refreshed in time lets a reader stay; a lesser one ends what it may not read', async () => {
    const clock = new SkippingClock();
    await using service = await start({}, undefined, [], { clock });
    const channels = ['hearings', 'notifications'];
    const token = await makeToken({ expiresIn: 20 });
    await using expiring = await open({ service, token, channels });
    await using reader = await open({ service, token, channels });
    await reader.refresh?.(await makeToken());
    clock.skip(20_000);
    expect(await expiring.ended).toMatchObject({ reason: 'expired' });
    await service.publishHearing();
    expect(await reader.offsets(1)).toEqual([1]);

    await expect(reader.refresh?.(await makeToken({ expiresIn: -1 }))).rejects.toThrow('token_expired');
    await expect(reader.refresh?.(await makeToken({ user: 'captain1' }))).rejects.toThrow('forbidden');
    await reader.refresh?.(await makeToken({ role: 'resident' }));
    const denied = { channel: 'hearings', code: 'forbidden' };
    expect(await reader.inbox.next(({ kind }) => kind === 'denied', 'denied')).toMatchObject(denied);
    await service.publishHearing();
    await service.notify('user123', 1);
    expect(await reader.offsets(1, 'notifications')).toEqual([1]);
    expect(
      reader.inbox.all(({ channel, kind }) => channel === 'hearings' && kind === 'publication'),
    ).toHaveLength(1);
  });

  test('a page of another origin is turned away, a listed one and this server’s own are not', async () => {
    await using service = await start({ CORS_ORIGINS: 'https://app.example' });
    const token = await makeToken();
    for (const origin of ['https://evil.example', 'https://app.example.evil', 'null']) {
      await expect(open({ service, token, origin })).rejects.toThrow('forbidden');
    }
    expect(await service.count('sessions_ended_total', { reason: 'permission' })).toBe(3);
    for (const origin of ['https://app.example', service.url]) {
      await using reader = await open({ service, token, origin });
      await service.publishHearing();
      expect(await reader.offsets(1)).toHaveLength(1);
    }
  });
}
