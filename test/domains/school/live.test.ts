import { expect, test } from 'bun:test';
import { createEvent } from '../../../src/tracking/events/create-event.ts';
import { openSocketIo } from '../../support/clients/socket-io-client.ts';
import { jwtMode, makeToken, startTestService } from '../../support/services/service.ts';
import { startTracking } from '../../tracking/support.ts';

test('the documented client hears its events on every device, with the count of unread ones', async () => {
  await using subject = await startTracking();
  // The log is what joins this process's events and the service: it looks for what no broker has told it.
  const env = { ...jwtMode, DOMAINS: 'school', HEAD_CHECK_MS: '50' };
  const database = { url: subject.url, [Symbol.asyncDispose]: async () => undefined };
  await using service = await startTestService({ database, env });
  const token = await makeToken({ user: 'user1-uuid', role: 'parent' });
  await using phone = await openSocketIo(service.url, { auth: { token } });
  await using tablet = await openSocketIo(service.url, { auth: { token } });
  await createEvent(subject.tracking, {
    eventType: 'custom_notification',
    tenantId: 'school-uuid',
    sourceUserId: 'user-uuid',
    targetUserIds: ['user1-uuid', 'user2-uuid'],
    title: 'Important Update',
    message: 'This is an important notification',
    priority: 'high',
  });
  for (const device of [phone, tablet]) {
    expect(await device.next('realtime_event')).toMatchObject({
      title: 'Important Update',
      priority: 'high',
    });
    expect(await device.next('unread_count')).toEqual({ count: 1, version: 1 });
  }
});
