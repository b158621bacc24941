import { expect, test } from 'bun:test';
import { startTcpRelay } from '../../support/network/tcp-relay.ts';
import { makeToken } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';
import { type GatewayDriver, range, read, servicesOf } from './driver.ts';

/** Publications of 100 kB: more than the send buffer and all that the kernel keeps for a connection. */
const most = 200;

/** R4: one that does not read harms nobody, and R1 holds for it nevertheless. */
export function slowReaderContract(driver: GatewayDriver): void {
  const start = servicesOf(driver);
  const ends = driver.kind !== 'request';
  const outcome = ends ? 'is ended' : 'costs nothing';

  test(`a reader that stops reading ${outcome}, the others notice nothing, and it comes back to all it missed`, async () => {
    await using service = await start({ LIMIT_SEND_BUFFER_BYTES: '262144' });
    await service.database.query("update hearings set notes = repeat('x', 100000)");
    await service.publishHearing();
    await using relay = await startTcpRelay(service.url);
    const far = {
      url: relay.url,
      socketUrl: service.socketUrl.replace(service.url.slice(4), relay.url.slice(4)),
    };
    const token = await makeToken();
    await using slow = await read(driver, { service: far, token });
    await using healthy = await read(driver, { service, token: await makeToken({ user: 'captain1' }) });
    await until(async () => (await service.connected()) === 2);
    const since = await slow.standing();
    relay.stall(true);
    let last = 1;
    const isSlow = () => service.logged().includes('slow reader disconnected');
    for (; last < (ends ? most : 40) && !isSlow(); last++) {
      await service.publishHearing();
      // In step, so that nobody but the slow one has anything waiting.
      expect(await healthy.offsets(1)).toEqual([last + 1]);
    }
    expect(isSlow()).toBe(ends);
    expect(await service.count('sessions_ended_total', { reason: 'slow' })).toBe(ends ? 1 : 0);
    // Bytes that were sent before may be read to their end. A stream is cut, and so is a socket that does not answer the
    // close frame in two seconds; their clients know no reason.
    relay.stall(false);
    if (ends) expect((await slow.ended).reason).toBeOneOf(['slow', 'cut', '1006']);
    await slow.close();

    await using again = await read(driver, { service, token, since });
    expect(await again.offsets(last - 1)).toEqual(range(2, last));
    await service.publishHearing();
    for (const reader of [again, healthy]) expect(await reader.offsets(1)).toEqual([last + 1]);
  });
}
