import { expect, test } from 'bun:test';
import { openSocketIo } from '../../support/clients/socket-io-client.ts';
import { openDomain } from '../../support/services/open-domain.ts';
import { startTestService } from '../../support/services/service.ts';

test.each(['websocket', 'polling'] as const)(
  'by %s, presence and what is in no log are events of their type, and move no position',
  async (transport) => {
    await using service = await startTestService({ extraDomains: [openDomain] });
    const open = (userId: string) =>
      openSocketIo(service.url, { transports: [transport], auth: { userId, role: 'user' } });
    await using ana = await open('ana');
    await ana.ask('subscribe', 'lobby:1');
    expect(await ana.next('presence_state')).toMatchObject({ channel: 'lobby:1', count: 1 });
    await using ben = await open('ben');
    await ben.ask('subscribe', 'lobby:1');
    expect(await ana.next('presence_diff')).toMatchObject({ count: 2, joins: [{ userId: 'ben' }] });
    const typing = { channel: 'lobby:1', type: 'typing', data: { on: true }, ephemeral: true };
    expect(await ben.ask('publish', typing)).toMatchObject({ type: 'published' });
    const { args } = await ana.nextEvent(({ name }) => name === 'typing');
    expect(args).toHaveLength(1);
    expect(args[0]).toMatchObject({ ...typing, userId: 'ben' });
    await ben.ask('publish', { ...typing, type: 'disconnect' });
    expect(await ana.next('publication')).toMatchObject({ type: 'disconnect' });
  },
);
