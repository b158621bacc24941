import { expect, test } from 'bun:test';
import { startTestService } from '../../support/services/service.ts';

const listed = { origin: 'https://app.example' };
const allowed = (headers: Headers) => headers.get('access-control-allow-origin');

test('pages of a listed origin may read answers and problems alike', async () => {
  await using service = await startTestService({
    env: { CORS_ORIGINS: 'https://app.example,https://b.example' },
  });
  const answers = [
    await service.get('/health', listed),
    await service.get('/no/such/path', listed),
    await service.post('/ws/broadcast/hearing', '{', listed),
    await service.post('/ws/broadcast/hearing', { pad: 'x'.repeat(1_100_000) }, listed),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 400, 413]);
  for (const { headers } of answers) {
    expect(allowed(headers)).toBe('https://app.example');
    expect(headers.get('access-control-expose-headers')).toContain('x-request-id');
  }
});

test('a preflight is answered with what was asked for', async () => {
  await using service = await startTestService({ env: { CORS_ORIGINS: 'https://app.example' } });
  const asked = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  const response = await fetch(`${service.url}/ws/broadcast/hearing`, {
    method: 'OPTIONS',
    headers: { ...listed, ...asked },
  });
  expect(response.status).toBe(204);
  expect(allowed(response.headers)).toBe('https://app.example');
  expect(response.headers.get('access-control-allow-headers')).toContain('authorization');
  const bare = await fetch(`${service.url}/ws/broadcast/hearing`, {
    method: 'OPTIONS',
    headers: { ...listed, 'access-control-request-method': 'POST' },
  });
  expect(bare.status).toBe(204);
  expect(bare.headers.get('access-control-allow-headers') ?? '').toBe('');
});

test('pages of other origins may read nothing, and nobody may unless origins are listed', async () => {
  await using service = await startTestService({ env: { CORS_ORIGINS: 'https://app.example' } });
  for (const origin of ['https://evil.example', 'https://app.example.evil', 'http://app.example', 'null']) {
    expect(allowed((await service.get('/health', { origin })).headers)).toBeNull();
  }
  await using closed = await startTestService();
  expect(allowed((await closed.get('/health', listed)).headers)).toBeNull();
});

test('with * a page of any origin may read, and never with the credentials of a browser', async () => {
  await using service = await startTestService({ env: { CORS_ORIGINS: '*' } });
  const { headers } = await service.get('/health', { origin: 'https://anybody.example' });
  expect(allowed(headers)).toBe('*');
  expect(headers.get('access-control-allow-credentials')).toBeNull();
  await using listing = await startTestService({ env: { CORS_ORIGINS: 'capacitor://localhost' } });
  expect(allowed((await listing.get('/health', { origin: 'capacitor://localhost' })).headers)).toBe(
    'capacitor://localhost',
  );
});
