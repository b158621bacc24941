import { expect, test } from 'bun:test';
import { whisperFrom } from '../../../src/realtime/client-publishing.ts';
import { createMemoryBus } from '../../../src/realtime/memory/bus.ts';
import { createEngine, someone } from '../../support/services/engine.ts';

const typing = { channel: 'lobby', type: 'typing', data: { in: 'reply' } };

test('what is ephemeral reaches the other readers in all processes, and no log', async () => {
  const connectBroker = createMemoryBus();
  const there = createEngine({ connectBroker });
  const here = createEngine({ connectBroker, createId: () => crypto.randomUUID() });
  const sender = await here.connect(someone);
  const device = await here.connect(someone);
  const other = await there.connect({ ...someone, userId: 'other' });
  for (const [engine, { session }] of [
    [here, sender],
    [here, device],
    [there, other],
  ] as const) {
    await engine.subscribe(session, 'lobby');
  }
  await whisperFrom(here.manager, sender.session, typing, here.clock.now());
  expect(sender.client.received).not.toContain('lobby~typing');
  for (const { client } of [device, other]) expect(client.received).toContain('lobby~typing');
  expect(await here.log.head('lobby')).toMatchObject({ offset: 0 });
});

test('who may not send it, or who sends too much, is told and nobody hears it', async () => {
  const engine = createEngine();
  const { session, client } = await engine.connect(someone);
  for (const channel of ['open', 'lobby']) await engine.subscribe(session, channel);
  const send = (channel: string, data: unknown) =>
    whisperFrom(engine.manager, session, { ...typing, channel, data }, engine.clock.now());
  await expect(send('open', {})).rejects.toMatchObject({ code: 'forbidden' });
  await expect(send('lobby', 'x'.repeat(6_000))).rejects.toMatchObject({ code: 'payload_too_large' });
  await expect(send('lobby', '漢'.repeat(2_000))).rejects.toMatchObject({ code: 'payload_too_large' });
  expect(client.received.filter((each) => each.includes('~'))).toEqual([]);
});

test('what another version says between processes is passed over', async () => {
  const connectBroker = createMemoryBus();
  const engine = createEngine({ connectBroker });
  const { session, client } = await engine.connect(someone);
  await engine.subscribe(session, 'lobby');
  const ignore = () => undefined;
  const stranger = connectBroker({
    onPublication: ignore,
    onPosition: ignore,
    onSignal: ignore,
    onGap: ignore,
  });
  for (const text of [
    '',
    'null',
    '7',
    '{"kind":"news"}',
    '{"kind":"ephemeral"}',
    '{"kind":"ephemeral","frame":"{"}',
  ]) {
    stranger.signal('lobby', text);
  }
  await engine.manager.publish({ channel: 'lobby', type: 'note', data: 1 });
  expect(client.received.filter((each) => each.startsWith('lobby'))).toEqual(['lobby/1']);
});

test('whom a publication excludes gets one without content in its place', async () => {
  const engine = createEngine();
  const author = await engine.connect(someone);
  const device = await engine.connect(someone);
  const other = await engine.connect({ ...someone, userId: 'other' });
  for (const { session } of [author, device, other]) await engine.subscribe(session, 'open');
  const publish = (exclude?: 'user:someone' | `session:${string}`) =>
    engine.manager.publish({ channel: 'open', type: 'note', data: 1, ...(exclude && { exclude }) });
  await publish();
  await publish('user:someone');
  await publish(`session:${author.session.id}`);
  await publish();
  expect(author.client.received).toEqual([
    'subscribed',
    'open/1',
    'open/2 skipped',
    'open/3 skipped',
    'open/4',
  ]);
  expect(device.client.received).toEqual(['subscribed', 'open/1', 'open/2 skipped', 'open/3', 'open/4']);
  expect(other.client.received).toEqual(['subscribed', 'open/1', 'open/2', 'open/3', 'open/4']);
});

test('what is ephemeral is of a type that the namespace declares, whoever sends it', async () => {
  const engine = createEngine();
  const { session, client } = await engine.connect(someone);
  const backend = await engine.connect({ ...someone, userId: 'backend', service: true });
  await engine.subscribe(session, 'lobby');
  for (const from of [session, backend.session]) {
    const forging = whisperFrom(engine.manager, from, { ...typing, type: 'chatMessage' }, engine.clock.now());
    await expect(forging).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('typing'),
    });
  }
  await whisperFrom(engine.manager, backend.session, typing, engine.clock.now());
  expect(client.received.filter((each) => each.includes('~'))).toEqual(['lobby~typing']);
});

test('a rule of its own says who may whisper, where not everybody who reads may', async () => {
  const whisper = ({ role }: { role: string }) => role === 'staff';
  const namespaces = [{ pattern: 'lobby', read: () => true, ephemeral: ['typing'], whisper }];
  const engine = createEngine({ namespaces });
  const reader = await engine.connect(someone);
  const staff = await engine.connect({ ...someone, role: 'staff' });
  const send = (session: typeof reader.session) =>
    whisperFrom(engine.manager, session, typing, engine.clock.now());
  await expect(send(reader.session)).rejects.toMatchObject({ code: 'forbidden' });
  await send(staff.session);
});

test('no namespace carries what the server itself says as ephemeral', () => {
  for (const type of ['connected', 'error', 'skipped', '']) {
    const namespaces = [{ pattern: 'lobby', read: () => true, ephemeral: [type] }];
    expect(() => createEngine({ namespaces })).toThrow('cannot carry');
  }
});
