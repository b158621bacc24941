import { commandLine, optionsOf } from '../src/commands/command-line.ts';
import { systemClock } from '../src/lib/clock.ts';
import { channelOf } from '../src/tracking/channels.ts';
import { acknowledge } from '../src/tracking/deliveries/acknowledge.ts';
import { eventPublication, sendDue } from '../src/tracking/deliveries/send-due.ts';
import { createEvent } from '../src/tracking/events/create-event.ts';
import type { NewEvent, SentEvent } from '../src/tracking/model.ts';
import { startTrackingWorker } from '../src/tracking/worker.ts';
import { portsVariable, startPostgres, stopAllServers } from '../test/support/postgres/postgres.ts';
import { person, startTracking } from '../test/tracking/support.ts';
import { writeReadme } from './readme.ts';
import { type Fan, type Pair, type Round, renderTracking } from './tracking/report.ts';

const options = optionsOf<{ readonly quick?: true; readonly write?: true }>(
  commandLine('bun run bench:tracking', 'Measure tracked events beside plain publications')
    .option('--quick', 'run two short rounds instead of nine')
    .option('--write', 'put the table into docs/inside/bench.md'),
);
const { rounds, roundMs } = options.quick ? { rounds: 2, roundMs: 300 } : { rounds: 9, roundMs: 1_000 };
const manyCallers = 32;
const acknowledgements = 2_000;
const audiences = [100, 10_000] as const;
const content = { title: 'Payment received', message: 'We received 12000 KES for Brian Kiptoo.' };
const event = { ...content, eventType: 'payment_received', payload: { amount: 12_000, currency: 'KES' } };
const studentOf = (audience: number, index: number) => `student-${audience}-${index}`;

await using opened = new AsyncDisposableStack();
opened.defer(stopAllServers);
const server = opened.use(await startPostgres({ durable: true }));
process.env[portsVariable] = String(server.port);
const subject = opened.use(await startTracking({ methods: ['websocket'] }));
const { manager, rows, statements } = subject;
const tracking = { ...subject.tracking, clock: systemClock };
for (const audience of audiences) {
  await rows('insert into school.schools values ($1, $1)', [`school-${audience}`]);
  await rows(
    `insert into school.users (id, name, role, school_id)
     select 'student-' || $1 || '-' || i, 'Student', 'student', 'school-' || $1 from generate_series(0, $1::int - 1) i`,
    [String(audience)],
  );
}
await rows('analyze school.users');

const pairs: readonly Pair[] = [
  { title: '1 caller', callers: 1, people: 1 },
  { title: `${manyCallers} callers, the same person`, callers: manyCallers, people: 1 },
  { title: `${manyCallers} callers, a person each`, callers: manyCallers, people: manyCallers },
  { title: '1 caller, with the worker', callers: 1, people: 1, hasWorker: true },
  {
    title: `${manyCallers} callers, a person each, with the worker`,
    callers: manyCallers,
    people: manyCallers,
    hasWorker: true,
  },
].map((load) => ({ ...load, plain: [] as Round[], tracked: [] as Round[], statements: [] as number[] }));
const fans: readonly Fan[] = audiences.map((audience) => ({
  audience,
  rounds: [] as Round[],
  statements: 0,
}));
const acknowledged: Round[] = [];

await createEvent(tracking, { ...event, targetUserIds: ['student-1'] });
statements();
await createEvent(tracking, { ...event, targetUserIds: ['student-1'] });
const ofOne = statements();
// The first round warms up.
for (let round = -1; round < rounds; round += 1) {
  for (const pair of pairs) {
    const { callers, people, plain, tracked } = pair;
    await using _worker = pair.hasWorker ? startWorker() : undefined;
    const sides = [
      { to: plain, call: (caller: number) => publishPlain(studentOf(100, caller % people)) },
      { to: tracked, call: (caller: number) => track({ targetUserIds: [studentOf(100, caller % people)] }) },
    ];
    for (const { to, call } of round % 2 ? sides : sides.toReversed()) {
      statements();
      const measured = await loop(callers, call);
      keep(to, round, measured);
      if (to === tracked && round >= 0) pair.statements.push(statements() / measured.calls);
    }
  }
  for (const fan of fans) {
    statements();
    const { ms, eventId } = await fanOut(fan.audience);
    fan.statements = statements();
    keep(fan.rounds, round, { calls: fan.audience, perSecond: (fan.audience * 1_000) / ms, each: ms });
    if (fan.audience >= acknowledgements)
      keep(acknowledged, round, await acknowledgeAll(eventId, fan.audience));
  }
  const [left] = await rows(`select from realtime_event_deliveries where status = 'pending' limit 1`);
  if (left) throw new Error('A delivery was not sent.');
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} round ${round + 1} of ${rounds}\n`);
}
const report = renderTracking({ pairs, fans, acknowledged, callers: manyCallers, statements: ofOne });
process.stdout.write(`${report}\n`);
if (options.write) await writeReadme('tracking', report);

/** The worker that each process of the product runs. */
function startWorker(): AsyncDisposable {
  return startTrackingWorker({ tracking, methods: [], listenUrl: subject.url, random: () => 0 });
}

function publishPlain(userId: string) {
  const { payload, ...said } = event;
  const data: SentEvent = {
    ...said,
    payload,
    id: Bun.randomUUIDv7(),
    tenantId: null,
    sourceUserId: null,
    priority: 'normal',
    actionUrl: null,
    correlationId: null,
    acknowledgement: 'device',
    expiresAt: null,
    createdAt: new Date().toISOString(),
    attempt: 1,
  };
  return manager.publish({ channel: channelOf(userId), ...eventPublication(data) });
}

function track(targets: Partial<NewEvent>) {
  return createEvent(tracking, { ...event, ...targets });
}

async function fanOut(audience: number) {
  const start = performance.now();
  const targets = { tenantId: `school-${audience}`, targetRoles: ['student'] };
  const { eventId, recipients } = await track(targets);
  while ((await sendDue(tracking, { eventId })) > 0);
  if (recipients !== audience) throw new Error(`${recipients} recipients instead of ${audience}.`);
  return { ms: performance.now() - start, eventId };
}

async function acknowledgeAll(eventId: string, audience: number): Promise<Round> {
  let next = 0;
  const read = async () => {
    const reader = person(studentOf(audience, next++), 'student');
    const { changed } = await acknowledge(tracking, reader, { eventId, kind: 'read', deviceId: 'phone' });
    if (!changed) throw new Error('An acknowledgement changed nothing.');
  };
  return loop(manyCallers, read, () => next >= acknowledgements);
}

/** Callers that wait for their answer before they call again. */
async function loop(
  callers: number,
  call: (caller: number) => Promise<unknown>,
  isOver = (ms: number) => ms >= roundMs,
): Promise<Round> {
  const start = performance.now();
  let calls = 0;
  const caller = async (index: number) => {
    for (; !isOver(performance.now() - start); calls += 1) await call(index);
  };
  await Promise.all(Array.from({ length: callers }, (_, index) => caller(index)));
  const ms = performance.now() - start;
  return { calls, perSecond: (calls * 1_000) / ms, each: (ms * callers) / calls };
}

function keep(list: Round[], round: number, measured: Round): void {
  if (round >= 0) list.push(measured);
}
