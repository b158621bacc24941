import { expect, test } from 'bun:test';
import { fencesOf, pageAt } from '../../docs/pages.ts';
import { runTambuli } from '../../support/programs/run.ts';
import { jwtMode, makeToken, serviceKey, startTestService } from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';
import { until } from '../../support/until.ts';
import { operate, publish } from '../support.ts';

const page = pageAt('docs/run/operate.md');
/** Ids and times are those of the run. */
const settled = (text: string) =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replace(/(?<=[pP]rocess )[0-9a-f]{8}/g, 'PROCESS')
    .trim();

const run = (env: Readonly<Record<string, string>>, ...args: string[]) =>
  runTambuli(['why', ...args], { cwd: '/tmp', env: { NODE_ENV: 'test', ...env } });

test('`tambuli why` says the same as the route, with a key or a token, and the reason of a refusal', async () => {
  await using service = await startTestService({ env: { ...jwtMode, SERVICE_API_KEY: serviceKey } });
  const key = { 'x-api-key': serviceKey };
  await service.post('/api/realtime/publish', { channel: 'hearings', type: 'note', data: 1 }, key);
  const asked = ['ana', '--channel', 'hearings', '--as-role', 'officer', '--url', service.url];
  const env = {
    AUTH_MODE: 'jwt',
    JWT_SECRET: jwtMode['JWT_SECRET'] ?? '',
    DATABASE_URL: service.databaseUrl,
  };
  const withKey = await run({ ...env, SERVICE_API_KEY: serviceKey }, ...asked);
  expect(withKey).toMatchObject({ code: 0, errors: '' });
  expect(withKey.out).toStartWith('offline: No device of the person was connected, then or since.\n\n  2');
  expect(withKey.out).toContain('  The rule: the rule of hearings allows the role officer.\n');
  const admin = await makeToken({ role: 'admin' });
  const asJson = await run(env, ...asked, '--token', admin, '--json');
  const { body } = await service.get('/api/operate/why?user=ana&channel=hearings&asRole=officer', key);
  expect(JSON.parse(asJson.out)).toEqual(body);
  const refused = await run(env, ...asked, '--token', await makeToken());
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.errors).toStartWith('The server refuses (forbidden): ');
});

test('the answer in the documents is the one that the command gives', async () => {
  await using service = await startTestService();
  const socketUrl = `${service.socketUrl}?deviceId=phone-1`;
  const phone = await joinAs({ ...service, socketUrl }, { userId: 'ana', role: 'officer' }, ['hearings']);
  await phone.close();
  await until(async () => (await operate<{ matching: number }>(service, 'sessions')).matching === 0);
  await publish(service, 'hearings');
  const [command = '', answer = ''] = fencesOf(page)
    .filter(({ language }) => language === 'sh' || language === 'text')
    .map(({ code }) => code);
  const [, , ...args] = command.trim().split(' ');
  const env = { AUTH_MODE: 'insecure', DATABASE_URL: service.databaseUrl };
  const { out } = await run(env, ...args, '--url', service.url);
  const lines = (text: string) => settled(text).split('\n').sort();
  expect(lines(out)).toEqual(lines(answer));
});
