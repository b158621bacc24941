import { afterAll, beforeAll, expect, test } from 'bun:test';
import { connect } from '../../../support/clients/ws-client.ts';
import { brian, esther, jane, joseph, type Person, type School, startSchool } from '../support.ts';

let school: School;
beforeAll(async () => {
  school = await startSchool();
});
afterAll(() => school[Symbol.asyncDispose]());

type Answer = Readonly<Record<string, unknown>> & { readonly data: Readonly<Record<string, unknown>> };
interface Asking extends AsyncDisposable {
  ask(type: string, fields: object): Promise<Answer>;
}

const sockets: Readonly<Record<string, (who: Person) => Promise<Asking>>> = {
  async websocket(who) {
    const client = await connect(school.socketUrl);
    client.send({ type: 'auth', ...who });
    await client.next('authenticated');
    return {
      async ask(type, fields) {
        const id = crypto.randomUUID();
        client.send({ type, id, ...fields });
        for (;;) {
          const answer = await client.next();
          if (answer['id'] === id) return answer as unknown as Answer;
        }
      },
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
  async 'socket.io'(who) {
    const client = await school.open(who);
    return {
      ask: async (type, fields) => (await client.ask(type, { id: 'q', ...fields })) as Answer,
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
};

for (const [name, open] of Object.entries(sockets)) {
  test(`over ${name}, a group channel lives by frames alone, and each answers the position of what it published`, async () => {
    await using teacher = await open(esther);
    await using parent = await open(joseph);
    const created = await teacher.ask('channel_create', { name: 'Grade 7' });
    expect(created).toMatchObject({ type: 'channel_created', position: expect.any(String) });
    const { channelId } = created.data;
    const steps: readonly (readonly [Asking, string, object, object])[] = [
      [parent, 'channel_join', {}, { type: 'channel_joined', data: { role: 'member' } }],
      [teacher, 'channel_member', { userId: brian.userId }, { type: 'channel_member_set' }],
      [teacher, 'channel_remove_member', { userId: brian.userId }, { changed: true }],
    ];
    for (const [who, type, fields, answer] of steps) {
      expect(await who.ask(type, { channelId, ...fields })).toMatchObject({
        position: expect.any(String),
        ...answer,
      });
    }
    const sent = await parent.ask('channel_send', { channelId, body: 'Presure' });
    expect(sent).toMatchObject({ type: 'channel_sent', data: { channelId, authorId: joseph.userId } });
    const { messageId } = sent.data;
    const onMessage: readonly (readonly [Asking, string, object, object])[] = [
      [parent, 'channel_edit', { body: 'Pressure' }, { type: 'channel_edited', data: { body: 'Pressure' } }],
      [teacher, 'channel_react', { emoji: '👍', present: true }, { type: 'channel_reacted', changed: true }],
      [teacher, 'channel_read', {}, { type: 'channel_was_read', changed: true }],
      [teacher, 'channel_delete', {}, { type: 'channel_deleted', data: { body: '' } }],
    ];
    for (const [who, type, fields, answer] of onMessage) {
      expect(await who.ask(type, { channelId, messageId, ...fields })).toMatchObject({
        position: expect.any(String),
        ...answer,
      });
    }
    expect(await parent.ask('channel_leave', { channelId })).toMatchObject({
      type: 'channel_left',
      changed: true,
    });
  });

  test(`over ${name}, frames are refused as the routes refuse`, async () => {
    await using teacher = await open(esther);
    await using stranger = await open(jane);
    const { channelId } = (await teacher.ask('channel_create', { name: 'Ours' })).data;
    const { messageId } = (await teacher.ask('channel_send', { channelId, body: 'x' })).data;
    expect(await stranger.ask('channel_create', { name: 'Mine' })).toMatchObject({ code: 'forbidden' });
    for (const [type, fields] of [
      ['channel_join', {}],
      ['channel_send', { body: 'x' }],
      ['channel_edit', { messageId, body: 'x' }],
      ['channel_delete', { messageId }],
      ['channel_react', { messageId, emoji: '👍', present: true }],
      ['channel_read', { messageId }],
      ['channel_member', { userId: jane.userId }],
    ] as const) {
      const answer = await stranger.ask(type, { channelId, ...fields });
      expect([type, answer]).toMatchObject([type, { type: 'error', code: 'not_found' }]);
    }
    expect(await teacher.ask('channel_send', { channelId: 'x', body: 'x' })).toMatchObject({
      code: 'invalid_frame',
    });
  });
}
