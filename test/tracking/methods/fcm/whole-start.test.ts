import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { seedSchool } from '../../../../src/domains/school/seed.ts';
import { openTestDatabase } from '../../../support/postgres/database.ts';
import { createTestDatabase } from '../../../support/postgres/postgres.ts';
import { startServerProcess } from '../../../support/processes/process.ts';
import { until } from '../../../support/until.ts';
import { account, fault, startFcm } from './fcm-server.ts';

const base = '/api/v1/realtime';
const joseph = { 'x-user-id': 'user1-uuid', 'x-role': 'parent', 'x-tenants': 'school-uuid' };
const device = { token: 'phone:APA91b-registration-token', platform: 'android', appVersion: '2.4.1' };

test('a server with the three variables of a service account signs in at Google, pushes, and lets go of a phone that is gone', async () => {
  await using opened = new AsyncDisposableStack();
  const fcm = opened.use(startFcm({ audience: 'https://oauth2.googleapis.com/token' }));
  const { url: databaseUrl } = opened.use(await createTestDatabase({ domains: ['school'] }));
  const database = opened.use(await openTestDatabase(databaseUrl));
  await seedSchool(database.db);
  const server = opened.use(
    startServerProcess(
      {
        DATABASE_URL: databaseUrl,
        DOMAINS: 'school',
        FIREBASE_PROJECT_ID: account.projectId,
        FIREBASE_CLIENT_EMAIL: account.clientEmail,
        // The form of the file of a service account: a backslash and an n between the lines.
        FIREBASE_PRIVATE_KEY: account.privateKey.replaceAll('\n', '\\n'),
        GOOGLE_HERE: fcm.addresses.messages,
      },
      { preload: join(import.meta.dir, 'google-here.ts') },
    ),
  );
  const url = await server.listening();
  const call = async (method: string, path: string, body: object, headers: Record<string, string> = {}) => {
    const init = { method, headers: { 'content-type': 'application/json', ...headers } };
    const response = await fetch(`${url}${base}${path}`, { ...init, body: JSON.stringify(body) });
    expect({ path, status: response.status }).toEqual({ path, status: 200 });
  };
  const raise = (title: string) =>
    call('POST', '/hooks/custom', {
      ...{ schoolId: 'school-uuid', targetUserIds: ['user1-uuid'], title, message: 'm' },
      eventType: 'payment_received',
    });
  const devices = () => database.query('select token, user_id, platform, app_version from realtime_devices');
  await call('PUT', '/devices', device, joseph);
  expect(await devices()).toMatchObject([
    { token: device.token, user_id: 'user1-uuid', app_version: '2.4.1' },
  ]);

  await raise('Paid');
  await until(() => fcm.messages.length === 1, 20_000);
  expect(fcm.messages[0]).toMatchObject({
    token: device.token,
    data: {
      type: 'realtime_event',
      eventType: 'payment_received',
      title: 'Paid',
      channel: 'realtime_events',
    },
    android: { collapse_key: 'realtime_events' },
  });

  fcm.answer(() => fault(404, 'NOT_FOUND', { errorCode: 'UNREGISTERED' }));
  await raise('Paid again');
  await until(async () => (await devices()).length === 0, 20_000);
  expect(fcm.messages.map(({ data }) => data['title'])).toEqual(['Paid', 'Paid again']);
  expect(fcm.granted()).toBe(1);
  const lines = account.privateKey.split('\n').filter((line) => line.length > 40);
  expect(lines.filter((line) => server.output().includes(line))).toEqual([]);
});
