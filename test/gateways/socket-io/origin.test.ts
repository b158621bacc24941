import { describe, expect, test } from 'bun:test';
import { type ConnectError, openSocketIo } from '../../support/clients/socket-io-client.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const officer = { userId: 'user123', role: 'officer' };

describe.each(['polling', 'websocket'] as const)('by %s', (transport) => {
  const openFrom = (origin: string, { url }: TestService) =>
    openSocketIo(url, { transports: [transport], auth: officer, extraHeaders: { origin } });

  test('pages of this server and of listed origins may connect', async () => {
    await using service = await startTestService({ env: { CORS_ORIGINS: 'https://app.example' } });
    for (const origin of ['https://app.example', service.url, service.url.replace('http', 'https')]) {
      await using client = await openFrom(origin, service);
      await client.next('authenticated');
    }
  });

  test('pages of any other origin are refused, and counted as such', async () => {
    await using service = await startTestService({ env: { CORS_ORIGINS: 'https://app.example' } });
    for (const origin of ['https://evil.example', 'https://app.example.evil', 'http://app.example', 'null']) {
      const error = await openFrom(origin, service).then(
        () => undefined,
        (refusal: ConnectError) => refusal,
      );
      expect(error?.message).toBe('forbidden');
      expect(error?.data).toMatchObject({ type: 'error', code: 'forbidden' });
    }
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    const ended = /^tambuli_sessions_ended_total\{reason="permission"\} (\d+)$/m.exec(metrics);
    expect(ended?.[1]).toBe('4');
  });

  test('with * pages of every origin may connect', async () => {
    await using service = await startTestService({ env: { CORS_ORIGINS: '*' } });
    await using client = await openFrom('https://anybody.example', service);
    await client.next('authenticated');
  });
});
