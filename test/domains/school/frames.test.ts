import { expect, test } from 'bun:test';
import { joinAs } from '../../support/services/session.ts';
import { jane, joseph, type School, sendTo, startSchool } from './support.ts';

/** Sends one frame over either kind of socket and returns the reply. */
const sockets = {
  async websocket(school: School) {
    const client = await joinAs(school, joseph, ['realtime_events']);
    return {
      ask: async (type: string, fields: object, reply: string) => {
        client.send({ type, id: 'q', ...fields });
        return client.next(reply);
      },
      ended: async () => (await client.closed).code,
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
  async 'socket.io'(school: School) {
    const client = await school.open(joseph);
    return {
      ask: (type: string, fields: object, _reply: string) => client.ask(type, { id: 'q', ...fields }),
      ended: async () => (await client.next('end'))['code'],
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
};

for (const [name, open] of Object.entries(sockets)) {
  test(`over ${name}, each acknowledgement is answered with what the event is now and the unread count`, async () => {
    await using school = await startSchool();
    await using client = await open(school);
    const [eventId = ''] = await sendTo(school, joseph, ['Trip']);
    for (const [kind, count] of [
      ['delivered', 1],
      ['read', 0],
      ['acknowledged', 0],
    ] as const) {
      const answer = await client.ask('event_ack', { eventId, kind, deviceId: 'phone' }, 'event_acked');
      expect(answer).toMatchObject({
        type: 'event_acked',
        id: 'q',
        eventId,
        status: kind,
        unread: { count },
      });
    }
    const late = await client.ask('event_ack', { eventId, kind: 'delivered' }, 'event_acked');
    expect(late).toMatchObject({ status: 'acknowledged' });
  });

  test(`over ${name}, a frame that is wrong, or about somebody else’s event, is refused, until the error budget is spent`, async () => {
    await using school = await startSchool({ LIMIT_ERRORS_PER_MINUTE: '3' });
    await using client = await open(school);
    const [foreign = ''] = await sendTo(school, jane, ['Hers']);
    for (const [fields, code] of [
      [{ eventId: foreign, kind: 'read' }, 'not_found'],
      [{ eventId: crypto.randomUUID(), kind: 'read' }, 'not_found'],
      [{ eventId: foreign, kind: 'eaten' }, 'invalid_frame'],
      [{ kind: 'read' }, 'invalid_frame'],
    ] as const) {
      expect(await client.ask('event_ack', fields, 'error')).toMatchObject({ code, id: 'q' });
    }
    expect(await client.ended()).toBe(4008);
    const { body } = await school.call(jane, 'GET', '/events');
    expect(body).toMatchObject({ data: [{ status: 'sent' }] });
  });
}

test('frames of one burst are answered in order, whoever they belong to', async () => {
  await using school = await startSchool();
  const [eventId] = await sendTo(school, joseph, ['Trip']);
  await using client = await joinAs(school, joseph);
  client.send({ type: 'event_ack', id: 1, eventId, kind: 'read' });
  client.send({ type: 'ping', id: 2 });
  client.send({ type: 'event_ack', id: 3, eventId, kind: 'acknowledged' });
  client.send({ type: 'ping', id: 4 });
  expect(await client.next('event_acked')).toMatchObject({ id: 1, status: 'read' });
  await client.next('pong');
  expect(await client.next('event_acked')).toMatchObject({ id: 3, status: 'acknowledged' });
  await client.next('pong');
  const replies = client.all().slice(-4);
  expect(replies.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
});

test('nobody acknowledges before they are known', async () => {
  await using school = await startSchool();
  await using client = await (await import('../../support/clients/ws-client.ts')).connect(school.socketUrl);
  client.send({ type: 'event_ack', eventId: crypto.randomUUID(), kind: 'read' });
  expect(await client.next('error')).toMatchObject({ code: 'unauthenticated' });
});

test('the frames of the school are in /asyncapi.json with their answers, over both sockets', async () => {
  await using school = await startSchool();
  const { body } = await school.get('/asyncapi.json');
  const { operations, components } = body as {
    operations: Record<string, unknown>;
    components: { messages: Record<string, { examples?: { payload: object }[] }> };
  };
  for (const type of ['event_ack', 'switch_context']) {
    for (const transport of ['websocket', 'socketio']) {
      expect(operations[`${transport}.${type}`]).toMatchObject({
        action: 'receive',
        reply: expect.anything(),
      });
    }
    expect(components.messages[`client.${type}`]?.examples).toMatchObject([{ payload: { type } }]);
  }
  expect(components.messages).toHaveProperty(['server.event_acked']);
  expect(components.messages).toHaveProperty(['server.school_context_switched']);
});
