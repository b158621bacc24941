import { describe, expect, spyOn, test } from 'bun:test';
import { publishFrom } from '../../src/realtime/client-publishing.ts';
import { createMemoryBus } from '../../src/realtime/memory/bus.ts';
import { createEngine, limits, namespaces, someone } from '../support/services/engine.ts';
import { settled } from '../support/settled.ts';

const publication = (channel: string) => ({ channel, type: 'note', data: { n: 1 } });

describe('subscribing', () => {
  test('is refused until somebody is identified', async () => {
    const engine = createEngine();
    const { session } = await engine.connect();
    await expect(engine.subscribe(session, 'open')).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('is refused once the identity has expired', async () => {
    const engine = createEngine();
    const { session } = await engine.connect({ ...someone, expiresAt: engine.clock.now() + 1_000 });
    engine.clock.advance(1_000);
    await expect(engine.subscribe(session, 'open')).rejects.toMatchObject({ code: 'token_expired' });
  });

  test.each(['nothing', 'open:1', 'team', 'own:somebody', '__proto__', 'constructor', ''])(
    'to %p, which no namespace has, is refused',
    async (channel) => {
      const engine = createEngine();
      const { session } = await engine.connect(someone);
      await expect(engine.subscribe(session, channel)).rejects.toMatchObject({ code: 'unknown_channel' });
    },
  );

  test('is decided by the rule of the namespace', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect({ ...someone, tenants: ['7'] });
    await engine.subscribe(session, 'team:7');
    await expect(engine.subscribe(session, 'team:8')).rejects.toMatchObject({ code: 'forbidden' });
    await engine.manager.publish(publication('team:7'));
    await engine.manager.publish(publication('team:8'));
    expect(client.received).toEqual(['subscribed', 'team:7/1']);
  });

  test('twice delivers once', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open');
    await engine.subscribe(session, 'open');
    const receipt = await engine.manager.publish(publication('open'));
    expect(receipt.delivered).toBe(1);
    expect(client.received).toEqual(['subscribed', 'subscribed', 'open/1']);
  });

  test('stops at the limit of a session and goes on after an unsubscribe', async () => {
    const engine = createEngine();
    const { session } = await engine.connect({ ...someone, tenants: ['1', '2', '3', '4'] });
    for (const id of [1, 2, 3]) await engine.subscribe(session, `team:${id}`);
    await expect(engine.subscribe(session, 'team:4')).rejects.toMatchObject({ code: 'too_many_channels' });
    expect(engine.manager.unsubscribe(session, 'team:1')).toBe(true);
    await engine.subscribe(session, 'team:4');
  });

  test('that outlives its session leaves nothing behind', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect(someone);
    const pending = engine.subscribe(session, 'open');
    engine.manager.close(session);
    await pending;
    expect(engine.manager.channels.namespaces()).toEqual([]);
    expect(client.channels.size).toBe(0);
  });

  test('again within some seconds of the last reader asks the log for nothing, and misses nothing', async () => {
    const engine = createEngine();
    const heads = spyOn(engine.log, 'head');
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open');
    engine.manager.unsubscribe(session, 'open');
    await engine.manager.publish(publication('open'));
    engine.clock.advance(4_000);
    await engine.subscribe(session, 'open');
    await engine.manager.publish(publication('open'));
    expect(heads).toHaveBeenCalledTimes(1);
    expect(client.received).toEqual(['subscribed', 'subscribed', 'open/2']);
    engine.clock.advance(60_000);
    engine.manager.unsubscribe(session, 'open');
    engine.clock.advance(5_000);
    expect(engine.manager.channels.get('open')).toBeUndefined();
    await engine.subscribe(session, 'open');
    expect(heads).toHaveBeenCalledTimes(2);
  });

  test('to ever new channels leaves ten thousand open at most', async () => {
    const engine = createEngine();
    const teams = Array.from({ length: 10_001 }, (_, team) => `${team}`);
    const { session } = await engine.connect({ ...someone, tenants: teams });
    for (const team of teams) {
      await engine.subscribe(session, `team:${team}`);
      engine.manager.unsubscribe(session, `team:${team}`);
    }
    expect(engine.manager.channels.get('team:9999')).toBeDefined();
    expect(engine.manager.channels.get('team:10000')).toBeUndefined();
  });

  test('to a channel whose log cannot be read fails, and works once it can', async () => {
    const engine = createEngine();
    const { head } = engine.log;
    engine.log.head = () => Promise.reject(new Error('away'));
    const { session, client } = await engine.connect(someone);
    await expect(engine.subscribe(session, 'open')).rejects.toThrow('away');
    await settled();
    engine.log.head = head;
    await engine.subscribe(session, 'open');
    expect(client.received).toEqual(['subscribed']);
  });
});

describe('a personal namespace', () => {
  test('gives each user their own channel behind the one name', async () => {
    const engine = createEngine();
    const ann = await engine.connect({ ...someone, userId: 'ann' });
    const bob = await engine.connect({ ...someone, userId: 'bob' });
    await engine.subscribe(ann.session, 'own');
    await engine.subscribe(bob.session, 'own');
    await engine.manager.publish(publication('own:bob'));
    expect(ann.client.received).toEqual(['subscribed']);
    expect(bob.client.received).toEqual(['subscribed', 'own/1']);
  });
});

describe('publications', () => {
  test('that arrive in another order than the log has them are delivered in order, once', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open');
    const drafts = [1, 2, 3, 4].map(() => engine.manager.drafts.of(publication('open')));
    const [first, second, third, fourth] = await engine.log.append(drafts);
    if (!first || !second || !third || !fourth) throw new Error('four were appended');
    engine.manager.announce([third]);
    engine.manager.announce([first]);
    engine.manager.announce([second]);
    await settled();
    engine.manager.announce([third]);
    engine.manager.announce([fourth]);
    expect(client.received).toEqual(['subscribed', 'open/1', 'open/2', 'open/3', 'open/4']);
  });

  test('reach the other members of the bus, and what the bus lost is read from the log', async () => {
    const bus = createMemoryBus();
    const here = createEngine({ connectBroker: bus });
    let deaf = false;
    const there = createEngine({
      log: here.log,
      connectBroker: (listener) =>
        bus({ ...listener, onPublication: (each) => deaf || listener.onPublication(each) }),
    });
    const { session, client } = await there.connect(someone);
    await there.subscribe(session, 'open');
    await here.manager.publish(publication('open'));
    deaf = true;
    await here.manager.publish(publication('open'));
    deaf = false;
    await here.manager.publish(publication('open'));
    await settled();
    expect(client.received).toEqual(['subscribed', 'open/1', 'open/2', 'open/3']);
  });

  test('of a new life of the log are announced by a notice that the old one is gone', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open');
    const { publication: old } = await engine.manager.publish(publication('open'));
    const restored = { epoch: 'restored', offset: 5 };
    engine.log.read = async () => ({ head: restored, publications: [] });
    engine.manager.announce([{ ...old, ...restored }]);
    await settled();
    engine.manager.announce([{ ...old, ...restored, offset: 6 }]);
    expect(client.received).toEqual(['subscribed', 'open/1', 'subscribed', 'open/6']);
    expect(client.frames.at(-1)).toMatchObject({ position: 'restored:5', recovered: false });
  });

  test('are read again until the log answers', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open');
    const appended = await engine.log.append([1, 2].map(() => engine.manager.drafts.of(publication('open'))));
    const { read } = engine.log;
    engine.log.read = () => Promise.reject(new Error('away'));
    engine.manager.announce(appended.slice(1));
    await settled();
    expect(client.received).toEqual(['subscribed']);
    engine.log.read = read;
    engine.clock.advance(1_000);
    await settled();
    expect(client.received).toEqual(['subscribed', 'open/1', 'open/2']);
  });

  test('larger than the limit are refused, counted in bytes', async () => {
    const engine = createEngine();
    const data = '€'.repeat(Math.floor((limits.publicationBytes - 2) / 3));
    await engine.manager.publish({ channel: 'open', type: 'note', data });
    const tooLong = engine.manager.publish({ channel: 'open', type: 'note', data: `${data}€` });
    await expect(tooLong).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  test('by clients go where the namespace lets them, in their own name', async () => {
    const engine = createEngine();
    const { session } = await engine.connect({ ...someone, role: 'staff' });
    const { publication: published } = await publishFrom(engine.manager, session, publication('open'), 0);
    expect(published.offset).toBe(1);
    await expect(publishFrom(engine.manager, session, publication('staff'), 0)).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('the comparison of heads', () => {
  test('finds what no broker told of', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open');
    await engine.log.append([1, 2].map(() => engine.manager.drafts.of(publication('open'))));
    await engine.manager.checkHeads();
    await settled();
    expect(client.received).toEqual(['subscribed', 'open/1', 'open/2']);
  });

  test('asks the log once for all channels, and once more when asked meanwhile', async () => {
    const engine = createEngine();
    const { session } = await engine.connect({ ...someone, tenants: ['1', '2'] });
    for (const channel of ['open', 'team:1', 'team:2']) await engine.subscribe(session, channel);
    const asked: (readonly string[])[] = [];
    const { heads } = engine.log;
    engine.log.heads = (channels) => {
      asked.push(channels);
      return heads.call(engine.log, channels);
    };
    await Promise.all([1, 2, 3].map(() => engine.manager.checkHeads()));
    const all = ['open', 'team:1', 'team:2'];
    expect(asked).toEqual([all, all]);
  });

  test('notices a log that was restored to an earlier time', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open');
    const { publication: last } = await engine.manager.publish(publication('open'));
    engine.log.heads = async () => new Map([['open', { epoch: last.epoch, offset: 0 }]]);
    await engine.manager.checkHeads();
    expect(client.frames.at(-1)).toMatchObject({ position: `${last.epoch}:0`, recovered: false });
    engine.manager.announce([last]);
    expect(client.received.at(-1)).toBe('open/1');
  });

  test('notices a log that was emptied, though nothing is published', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect(someone);
    await engine.subscribe(session, 'open');
    await engine.manager.publish(publication('open'));
    const emptied = { epoch: 'emptied', offset: 0 };
    engine.log.heads = async () => new Map();
    engine.log.head = async () => emptied;
    engine.log.read = async () => ({ head: emptied, publications: [] });
    await engine.manager.checkHeads();
    await settled();
    expect(client.frames.at(-1)).toMatchObject({ position: 'emptied:0', recovered: false });
  });

  test('outlives a log that does not answer', async () => {
    const engine = createEngine();
    const { session } = await engine.connect(someone);
    await engine.subscribe(session, 'open');
    engine.log.heads = () => Promise.reject(new Error('away'));
    await engine.manager.checkHeads();
  });
});

describe('readiness', () => {
  test('is a publication that came the whole way, asked for once by whoever asks at a time', async () => {
    const engine = createEngine();
    await Promise.all([1, 2, 3].map(() => engine.manager.checkReady()));
    expect((await engine.log.head('_canary')).offset).toBe(1);
    engine.clock.advance(1_000);
    await engine.manager.checkReady();
    expect((await engine.log.head('_canary')).offset).toBe(2);
  });

  test('ends with a broker that went deaf, however well the log answers, and returns with it', async () => {
    const bus = createMemoryBus();
    let deaf = true;
    const engine = createEngine({
      connectBroker: (listener) =>
        bus({ ...listener, onPublication: (each) => deaf || listener.onPublication(each) }),
    });
    const check = engine.manager.checkReady();
    await settled();
    await engine.manager.checkHeads();
    engine.clock.advance(2_000);
    await expect(check).rejects.toMatchObject({ code: 'not_ready' });
    deaf = false;
    await engine.manager.checkReady();
  });

  test('ends with a log that cannot be written', async () => {
    const engine = createEngine();
    engine.log.append = () => Promise.reject(new Error('away'));
    await expect(engine.manager.checkReady()).rejects.toThrow('away');
  });
});

describe('identities', () => {
  test('of one user fill no more than the allowed number of sessions', async () => {
    const engine = createEngine();
    const sessions = [];
    for (let n = 0; n < limits.socketsPerUser; n++) sessions.push((await engine.connect(someone)).session);
    await expect(engine.connect(someone)).rejects.toMatchObject({ code: 'too_many_connections' });
    await engine.connect({ ...someone, userId: 'somebody else' });
    const [first] = sessions;
    if (first) engine.manager.close(first);
    await engine.connect(someone);
  });

  test('are refreshed in place, and refused to another user', async () => {
    const engine = createEngine();
    const { session } = await engine.connect({ ...someone, expiresAt: engine.clock.now() + 1_000 });
    await engine.manager.identify(session, { ...someone, expiresAt: engine.clock.now() + 9_000 });
    engine.clock.advance(1_000);
    await engine.subscribe(session, 'open');
    const other = engine.manager.identify(session, { ...someone, userId: 'other' });
    await expect(other).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('that lose a role lose its subscriptions at the refresh', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect({ ...someone, role: 'staff' });
    await engine.subscribe(session, 'staff');
    await engine.subscribe(session, 'open');
    await engine.manager.identify(session, someone);
    expect(client.frames.at(-1)).toEqual({ type: 'unsubscribed', channel: 'staff', code: 'forbidden' });
    await engine.manager.publish(publication('staff'));
    await engine.manager.publish(publication('open'));
    expect(client.received.slice(2)).toEqual(['unsubscribed', 'open/1']);
  });
});

describe('the sweep', () => {
  test('asks a silent peer for a sign of life, and gives it up after two heartbeats', async () => {
    const engine = createEngine();
    const { session, client } = await engine.connect(someone);
    engine.clock.advance(limits.heartbeatMs - 1);
    engine.manager.sweep();
    expect(client.probes).toBe(0);
    engine.clock.advance(1);
    engine.manager.sweep();
    expect(client.probes).toBe(1);
    session.heardAt = engine.clock.now();
    engine.clock.advance(2 * limits.heartbeatMs - 1);
    engine.manager.sweep();
    expect(client.ended).toBeUndefined();
    engine.clock.advance(1);
    engine.manager.sweep();
    expect(client.ended).toBe('no_pong');
  });

  test('ends sessions whose token is over, telling them first', async () => {
    const engine = createEngine();
    const { client } = await engine.connect({ ...someone, expiresAt: engine.clock.now() + 5_000 });
    engine.clock.advance(5_000);
    engine.manager.sweep();
    expect(client.frames.at(-1)).toMatchObject({ type: 'error', code: 'token_expired' });
    expect(client.ended).toBe('expired');
  });

  test('ends sessions that never say who they are', async () => {
    const engine = createEngine();
    const { client } = await engine.connect();
    engine.clock.advance(limits.authTimeoutMs);
    engine.manager.sweep();
    expect(client.ended).toBe('auth_timeout');
  });
});

test('two domains cannot declare the same namespace', () => {
  const twice = [...namespaces, { pattern: 'team:{other}', read: () => true }];
  expect(() => createEngine({ namespaces: twice })).toThrow('Two domains declare the namespace "team"');
});
