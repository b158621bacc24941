import { expect, test } from 'bun:test';
import { jwtMode, makeToken, serviceKey, startTestService } from '../../support/services/service.ts';

const hearing = { hearingId: 123, eventType: 'created' };

test('the service key and tokens of officer, admin and captain may broadcast', async () => {
  await using service = await startTestService({ env: jwtMode });
  const callers: Record<string, string>[] = [{ 'x-api-key': serviceKey }];
  for (const role of ['officer', 'admin', 'captain']) {
    callers.push({ authorization: `Bearer ${await makeToken({ role })}` });
  }
  for (const [index, headers] of callers.entries()) {
    const { body } = await service.post('/ws/broadcast/hearing', hearing, headers);
    expect(body).toMatchObject({ success: true, offset: index + 1 });
  }
});

test('in insecure mode a request that names nobody is the service, and one that names a user is that user', async () => {
  await using service = await startTestService();
  expect(await service.post('/ws/broadcast/hearing', hearing)).toMatchObject({ status: 200 });
  const byQuery = await service.post('/ws/broadcast/hearing?userId=resident7', hearing);
  expect(byQuery).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  const byHeader = await service.post('/ws/broadcast/hearing', hearing, {
    'x-user-id': 'a',
    'x-role': 'captain',
  });
  expect(byHeader).toMatchObject({ status: 200 });
});
