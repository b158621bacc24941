import { expect, test } from 'bun:test';
import { connect } from '../../support/clients/ws-client.ts';
import { startTestService } from '../../support/services/service.ts';

const from = (origin: string) => ({ implementation: 'ws', headers: { origin } }) as const;

test('pages of this server, of listed origins, and whoever is no page may connect', async () => {
  await using service = await startTestService({ env: { CORS_ORIGINS: 'https://app.example' } });
  const own = new URL(service.url).host;
  for (const origin of ['https://app.example', `http://${own}`, `https://${own}`]) {
    await using client = await connect(service.socketUrl, from(origin));
    client.send({ type: 'auth', userId: 'user123', role: 'officer' });
    await client.next('authenticated');
  }
  await using program = await connect(service.socketUrl);
  program.send({ type: 'auth', userId: 'user123', role: 'officer' });
  await program.next('authenticated');
});

test('pages of any other origin are turned away with a code that says to stay away', async () => {
  await using service = await startTestService({ env: { CORS_ORIGINS: 'https://app.example' } });
  for (const origin of ['https://evil.example', 'https://app.example.evil', 'http://app.example', 'null']) {
    await using client = await connect(`${service.socketUrl}?userId=user123&role=officer`, from(origin));
    expect(await client.next('error')).toMatchObject({ code: 'forbidden' });
    expect((await client.closed).code).toBe(4503);
  }
});

test('with * pages of every origin may connect', async () => {
  await using service = await startTestService({ env: { CORS_ORIGINS: '*' } });
  await using client = await connect(service.socketUrl, from('https://anybody.example'));
  client.send({ type: 'auth', userId: 'user123', role: 'officer' });
  await client.next('authenticated');
});
