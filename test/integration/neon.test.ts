import { expect, test } from 'bun:test';
import { startNeonRelay } from '../support/postgres/neon-relay.ts';
import { startTestService } from '../support/services/service.ts';
import { joinAs } from '../support/services/session.ts';

test('over the real Neon driver a broadcast and a notification go the whole way', async () => {
  await using _relay = startNeonRelay();
  await using service = await startTestService({ env: { DATABASE_DRIVER: 'neon' } });
  await using client = await joinAs(service, { userId: 'user123', role: 'officer' }, [
    'hearings',
    'notifications',
  ]);
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'created' });
  expect(await client.next('hearing_update')).toMatchObject({
    offset: 1,
    data: { id: 123, hearingTime: '09:00:00' },
  });
  const notification = { title: 'ñ', message: 'm', caseId: 456 };
  await service.post('/ws/broadcast/notification', { userId: 'user123', notification });
  expect(await client.next('notification')).toMatchObject({
    offset: 1,
    data: { title: 'ñ', caseId: 456, isRead: false },
  });
  client.send({ type: 'sync_request', channel: 'hearings' });
  expect(await client.next('sync_response')).toMatchObject({ publications: client.all('hearing_update') });
});
