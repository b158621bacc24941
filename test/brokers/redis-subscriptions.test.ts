import { expect, test } from 'bun:test';
import { RedisSubscriptions } from '../../src/brokers/redis-subscriptions.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A server that replies when it is told to. */
function createSubject() {
  const clock = new ManualClock();
  const sent: string[] = [];
  const unanswered: PromiseWithResolvers<void>[] = [];
  let gaps = 0;
  const send = (command: string) => (channels: readonly string[]) => {
    sent.push(`${command} ${channels.length > 3 ? channels.length : channels.join(' ')}`);
    const answer = Promise.withResolvers<void>();
    unanswered.push(answer);
    return answer.promise;
  };
  const subscriptions = new RedisSubscriptions({
    clock,
    subscribe: send('+'),
    unsubscribe: send('-'),
    onGap: () => void gaps++,
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    clock,
    sent,
    subscriptions,
    turn,
    gaps: () => gaps,
    async answer() {
      await turn();
      for (const { resolve } of unanswered.splice(0)) resolve();
      await turn();
    },
    async refuse() {
      await turn();
      for (const { reject } of unanswered.splice(0)) reject(new Error('NOPERM'));
      await turn();
    },
  };
}

test('joins of one turn share commands, and resolve when the server has confirmed them', async () => {
  const { subscriptions, sent, answer, turn, gaps } = createSubject();
  subscriptions.connected();
  let resolved = 0;
  for (let n = 0; n < 1_200; n++) void subscriptions.join(`room:${n}`).then(() => resolved++);
  await turn();
  expect(sent).toEqual(['+ 500', '+ 500', '+ 200']);
  expect(resolved).toBe(0);
  await answer();
  expect([resolved, gaps()]).toEqual([1_200, 0]);
});

test('a channel is given up a second after it was left, and not when somebody came back', async () => {
  const { subscriptions, sent, answer, clock } = createSubject();
  subscriptions.connected();
  void subscriptions.join('a');
  void subscriptions.join('b');
  await answer();
  subscriptions.leave('a');
  subscriptions.leave('b');
  clock.advance(900);
  await subscriptions.join('b');
  expect(sent).toEqual(['+ a b']);
  clock.advance(2_000);
  expect(sent).toEqual(['+ a b', '- a']);
  void subscriptions.join('a');
  await answer();
  expect(sent).toEqual(['+ a b', '- a', '+ a']);
});

test('a join that was not confirmed in time resolves, and the gap is told once it is in force', async () => {
  const { subscriptions, clock, answer, turn, gaps } = createSubject();
  subscriptions.connected();
  const joining = subscriptions.join('a');
  clock.advance(1_000);
  await joining;
  await turn();
  expect(gaps()).toBe(0);
  await answer();
  expect(gaps()).toBe(1);
});

test('after a loss the gap is told when everything is in force again, not before', async () => {
  const { subscriptions, sent, answer, turn, gaps } = createSubject();
  subscriptions.connected();
  void subscriptions.join('a');
  await answer();
  subscriptions.lost();
  await subscriptions.join('b');
  subscriptions.leave('never');
  subscriptions.connected();
  await turn();
  expect([sent.at(-1), gaps()]).toEqual(['+ a b', 0]);
  await answer();
  expect(gaps()).toBe(1);
});

test('answers of a connection that is gone say nothing of the next one', async () => {
  const { subscriptions, answer, turn, gaps } = createSubject();
  subscriptions.connected();
  void subscriptions.join('a');
  await turn();
  subscriptions.lost();
  await answer();
  expect(subscriptions.isInForce('a')).toBe(false);
  subscriptions.connected();
  await answer();
  expect([subscriptions.isInForce('a'), gaps()]).toEqual([true, 1]);
});

test('what was left before the server ever answered is neither asked for nor waited for', async () => {
  const { subscriptions, sent, answer, gaps } = createSubject();
  const joining = subscriptions.join('gone');
  subscriptions.leave('gone');
  await joining;
  const staying = subscriptions.join('a');
  subscriptions.connected();
  await answer();
  await staying;
  expect([sent, gaps()]).toEqual([['+ a'], 1]);
});

test('what was left while it was asked for is given up later', async () => {
  const { subscriptions, sent, answer, clock } = createSubject();
  subscriptions.connected();
  void subscriptions.join('a');
  await Promise.resolve();
  subscriptions.leave('a');
  await answer();
  clock.advance(1_500);
  expect(sent).toEqual(['+ a', '- a']);
});

test('a channel the server refuses holds up nobody', async () => {
  const { subscriptions, refuse } = createSubject();
  subscriptions.connected();
  const joining = subscriptions.join('a');
  await refuse();
  await joining;
  expect(subscriptions.isInForce('a')).toBe(false);
});
