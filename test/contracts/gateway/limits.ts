import { expect, test } from 'bun:test';
import type { Env } from '../../../src/config/config.ts';
import { createSeededDatabase } from '../../support/services/gateway-service.ts';
import { makeToken } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';
import {
  type End,
  type GatewayDriver,
  type Reader,
  type ReadOptions,
  Refusal,
  read,
  refusalOf,
  servicesOf,
} from './driver.ts';

const twoPerUser: Env = { LIMIT_SOCKETS_PER_USER: '2', LIMIT_STREAMS_PER_USER: '2' };

/** R4: every limit has a code, says when to come back where that helps, and is counted. */
export function limitsContract(driver: GatewayDriver): void {
  const start = servicesOf(driver);
  const open = (options: ReadOptions) => read(driver, options);
  const tooMany = { reason: 'too_many_connections', retryAfterMs: expect.any(Number) };

  test('a user has as many connections as are allowed, and a freed one admits again', async () => {
    await using service = await start(twoPerUser);
    const token = await makeToken();
    await using _first = await open({ service, token });
    await using second = await open({ service, token });
    await until(async () => (await service.connected()) === 2);
    expect(await refusalOf(open({ service, token }))).toMatchObject(tooMany);
    expect(await service.count('refusals_total', { code: 'too_many_connections' })).toBe(1);
    expect(await service.count('sessions_ended_total', { reason: 'too_many_connections' })).toBe(1);
    await using other = await open({ service, token: await makeToken({ user: 'captain1' }) });
    await second.close();
    await until(async () => (await service.connected()) === 2);
    await using fourth = await open({ service, token });
    await until(async () => (await service.connected()) === 3);
    await service.publishHearing();
    for (const reader of [other, fourth]) expect(await reader.offsets(1)).toEqual([1]);
  });

  test('the connections of a user are counted over all processes', async () => {
    await using database = await createSeededDatabase();
    await using one = await start(twoPerUser, database);
    await using two = await start(twoPerUser, database);
    const token = await makeToken();
    await using _here = await open({ service: one, token });
    await using there = await open({ service: two, token });
    // A poll is a session before it is admitted.
    const counts = `select from realtime_presence, jsonb_each_text(counts) where user_id = 'user123'`;
    const processes = async () => (await one.database.query(counts)).length;
    await until(async () => (await processes()) === 2);
    for (const service of [one, two]) {
      // A process that has not heard of the other's yet lets it in, and ends it when it has.
      expect(await refusalOf(open({ service, token }))).toMatchObject({ reason: tooMany.reason });
    }
    await there.close();
    await until(async () => (await processes()) === 1);
    // The word of the other process is a moment behind its row, and a poll is refused only once it waits.
    let published = 0;
    await until(async () => {
      await using again = await open({ service: one, token }).catch(unlessRefused);
      if (!again) return false;
      await one.publishHearing();
      published += 1;
      const served = again.offsets(1).catch(() => undefined);
      const first = await Promise.race([served, again.ended]);
      if (!Array.isArray(first)) return false;
      expect(first).toEqual([published]);
      return true;
    });
  });

  // A frame that comes too fast waits; a request is refused.
  if (driver.kind === 'socket') {
    test('a reader that asks a little too often is answered a little later, and refused nothing', async () => {
      const env = { LIMIT_FRAMES_PER_MINUTE: '300', LIMIT_ERRORS_PER_MINUTE: '1' };
      await using service = await start(env);
      await using eager = await open({ service, token: await makeToken() });
      await using other = await open({ service, token: await makeToken({ user: 'captain1' }) });
      const asking = Array.from({ length: 305 }, () => eager.ask());
      await other.ask();
      await Promise.all(asking);
      await service.publishHearing();
      for (const reader of [eager, other]) expect(await reader.offsets(1)).toEqual([1]);
      expect(await service.count('refusals_total', { code: 'rate_limited' })).toBe(0);
    });

    test('a flood is ended, whatever is left of the error budget', async () => {
      const env = { LIMIT_FRAMES_PER_MINUTE: '20', LIMIT_CHANNELS_PER_SESSION: '5' };
      await using service = await start(env);
      await using flooder = await open({ service, token: await makeToken() });
      const asking = Promise.allSettled(Array.from({ length: 60 }, () => flooder.ask()));
      expect(await flooder.ended).toMatchObject({ reason: 'too_many_requests' });
      expect(await service.count('sessions_ended_total', { reason: 'too_many_requests' })).toBe(1);
      expect(await service.count('refusals_total', { code: 'rate_limited' })).toBe(1);
      await asking;
    });
  } else {
    test('whoever asks too often is told how long to wait, and nobody else is', async () => {
      const env = { LIMIT_REQUESTS_PER_MINUTE: '20', LIMIT_STREAMS_PER_USER: '50' };
      await using service = await start(env);
      await using eager = await open({ service, token: await makeToken() });
      await using other = await open({ service, token: await makeToken({ user: 'captain1' }) });
      const { reason, retryAfterMs } = await refusedAfter(eager, 40);
      expect(reason).toBe('rate_limited');
      expect(retryAfterMs).toBeWithin(1, 60_001);
      expect(await service.count('refusals_total', { code: 'rate_limited' })).toBeGreaterThan(0);
      await other.ask();
      await service.publishHearing();
      expect(await other.offsets(1)).toEqual([1]);
    });
  }

  // One poll is of one channel, and brings nothing that could be refused after it.
  if (driver.kind === 'request') return;

  test('more channels than a session may have are refused', async () => {
    await using service = await start({ LIMIT_CHANNELS_PER_SESSION: '2' });
    const token = await makeToken();
    const channels = ['cases', 'hearings', 'persons'];
    const positions = Object.fromEntries(channels.map((channel) => [channel, 'some:0']));
    for (const since of [{}, positions]) {
      await expect(open({ service, token, channels, since })).rejects.toThrow('too_many_channels');
    }
    expect(await service.count('refusals_total', { code: 'too_many_channels' })).toBe(2);
    await using _reader = await open({ service, token, channels: channels.slice(1) });
  });
}

function unlessRefused(error: unknown): undefined {
  if (!(error instanceof Refusal)) throw error;
}

async function refusedAfter(reader: Reader, most: number): Promise<End> {
  for (let n = 0; n < most; n++) {
    try {
      await reader.ask();
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }
  throw new Error(`All of ${most} were answered.`);
}
