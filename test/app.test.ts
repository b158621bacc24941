import { expect, test } from 'bun:test';
import { treaty } from '@elysiajs/eden';
import type { App } from '../src/app.ts';
import type { BroadcastReceipt } from '../src/domains/barangay/model.ts';
import type { Problem } from '../src/protocol/schemas/problem.ts';
import { jwtMode, makeToken, startTestService } from './support/services/service.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles when the claim is true. */
function holds<_Claim extends true>(): void {
  expect().pass();
}

test('Eden calls a broadcast with its types, and gets the receipt', async () => {
  await using service = await startTestService({ env: jwtMode });
  const headers = { authorization: `Bearer ${await makeToken()}` };
  const { broadcast } = treaty<App>(service.url, { headers }).ws;
  const { data, error, status } = await broadcast.hearing.post({ hearingId: 123, eventType: 'created' });
  holds<Same<typeof data, BroadcastReceipt | null>>();
  expect({ data, error, status }).toEqual({
    data: {
      success: true,
      channel: 'hearings',
      offset: 1,
      delivered: 0,
      position: expect.stringMatching(/^[^:]+:1$/),
    },
    error: null,
    status: 200,
  });
});

test('Eden gets failures as problems, each status typed', async () => {
  await using service = await startTestService({ env: jwtMode });
  const { error } = await treaty<App>(service.url).ws.broadcast.case.post({ caseId: 456, eventType: 'x' });
  if (!error) throw new Error('nobody was let in');
  holds<Same<typeof error.status, 400 | 401 | 403 | 404 | 413 | 422 | 503>>();
  holds<Same<typeof error.value, Problem>>();
  expect(error).toMatchObject({ status: 401, value: { code: 'unauthenticated' } });
});

test('Eden reads status and readiness with their types', async () => {
  await using service = await startTestService();
  const api = treaty<App>(service.url, { parseDate: false });
  const { data } = await api.ws.status.get();
  holds<Same<NonNullable<typeof data>['activeChannels'], string[]>>();
  expect(data).toMatchObject({ connectedClients: 0, activeChannels: [] });
  const ready = await api.health.ready.get();
  expect(ready.data?.status).toBe('ready');
});

test('Eden refuses to compile wrong bodies and paths', async () => {
  await using service = await startTestService();
  const { ws } = treaty<App>(service.url);
  const answers = await Promise.all([
    // @ts-expect-error an id is a number
    ws.broadcast.hearing.post({ hearingId: '123', eventType: 'created' }),
    // @ts-expect-error an event is required
    ws.broadcast.case.post({ caseId: 456 }),
    // @ts-expect-error a person has a code
    ws.broadcast.person.post({ personId: 1, eventType: 'created' }),
    // @ts-expect-error a notification has a message
    ws.broadcast.notification.post({ userId: 'user123', notification: { title: 't' } }),
    // @ts-expect-error a body is required
    ws.broadcast.hearing.post(),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422]);
  // @ts-expect-error there is no such route
  expect(ws.broadcast.weather).toBeDefined();
});
