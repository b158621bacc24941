import { AppError } from '../../errors.ts';
import { channelSegments, personalChannel } from '../../protocol/wire/channel-name.ts';
import { formatPosition } from '../../protocol/wire/position.ts';
import { announcementsChannel, channelOf } from '../../tracking/channels.ts';
import type { OperateDeps } from '../deps.ts';
import type { ProcessesAsked } from '../peers.ts';
import { readPositions } from '../people.ts';
import { identityOf } from '../users/identity.ts';
import { rightTo, wireNameOf } from '../users/rights.ts';
import { type EventFacts, readEvent } from './event-reads.ts';
import { finding, gapsAt, inOrder, instant, keptFound, liveFound, shortOf, stepsFound } from './findings.ts';
import { eventFound, judgeEvent } from './judge-event.ts';
import { judgePublication } from './judge-publication.ts';
import type { Finding, Why, WhyQuery } from './model.ts';
import { readStuck, type Sought, seek } from './publication-reads.ts';
import { type Trace, type TraceAsked, traceHere } from './traces.ts';

/** An offset that no channel reaches. */
const notYet = 999_999_999_999_999;

/** Finds why a person has, or has not, a publication or a tracked event. */
export class WhyService {
  readonly #deps: OperateDeps;
  readonly #asked: ProcessesAsked;

  constructor(deps: OperateDeps, asked: ProcessesAsked) {
    this.#deps = deps;
    this.#asked = asked;
    deps.manager.peers.answer<TraceAsked>('trace', (trace) => traceHere(deps, trace));
  }

  async why(query: WhyQuery): Promise<Why> {
    const { user, channel, event } = query;
    if ((channel === undefined) === (event === undefined)) {
      throw new AppError('validation_failed', 'Name either a "channel" or an "event".', { field: 'channel' });
    }
    await this.#deps.positions.write();
    if (event !== undefined) return this.#whyEvent(query, event);
    const log = this.#logName(channel ?? '', user);
    return this.#whyPublication(query, log);
  }

  async #whyEvent(query: WhyQuery, id: string): Promise<Why> {
    const { database, clock } = this.#deps;
    const facts = await readEvent(database, { id, userId: query.user, now: instant(clock.now()) });
    if (!facts) throw new AppError('not_found', `There is no tracked event ${id}.`);
    const { event } = facts;
    const shown = { id: event.id, type: event.type, title: event.title, status: event.status };
    if (event.deliveryMode === 'channel')
      return { ...(await this.#whyAnnouncement(query, facts)), event: shown };
    const channel = channelOf(query.user);
    const about = await this.#about(query, { channel, epoch: '', offset: 0 });
    return {
      ...about.shown,
      ...judgeEvent(facts),
      publication: null,
      event: shown,
      findings: inOrder([...eventFound(facts), ...about.findings]),
      unknown: [],
    };
  }

  /** An event that a whole tenant reads by position is a publication, once its time has come. */
  async #whyAnnouncement(query: WhyQuery, facts: EventFacts): Promise<Why> {
    const { event, delivery } = facts;
    const log = announcementsChannel(event.tenantId ?? '');
    const { id: _, ...rest } = query;
    const why = await this.#whyPublication({ ...rest, at: String(event.offset ?? notYet) }, log);
    const findings = inOrder([...eventFound(facts), ...why.findings]);
    if (delivery) return { ...why, ...judgeEvent(facts), findings };
    if (event.excluded || event.status === 'expired' || event.status === 'cancelled') {
      const cause = event.excluded ? 'excluded' : event.status === 'expired' ? 'expired' : 'cancelled';
      return { ...why, cause, answer: `The announcement is ${cause}.`, findings };
    }
    if (event.status !== 'pending') return { ...why, findings };
    const answer = `It is not to be sent before ${event.scheduledAt}.`;
    return { ...why, cause: event.isEarly ? 'scheduled' : 'waiting', answer, findings };
  }

  async #whyPublication(query: WhyQuery, log: string): Promise<Why> {
    const { database } = this.#deps;
    const { user } = query;
    const sought = await seek(database.query, log, query);
    const stuck = await readStuck(database.query, log);
    const place = { channel: log, epoch: sought?.epoch ?? '', offset: sought?.offset ?? 0 };
    const about = await this.#about(query, place);
    const { traces, rule, shown } = about;
    const kept = await readPositions(database.query, user, log, 50);
    const time = sought?.found ? Date.parse(sought.found.timestamp) : undefined;
    const gaps = time === undefined ? [] : gapsAt(time, traces, await this.#asked.runs(), about.silent);
    const isIdentityKnown = shown.identity.from !== 'nothing';
    const facts = { userId: user, sought, stuck, right: rule, isIdentityKnown, traces, kept, gaps };
    const isTheirs = this.#isTheirs(log, user);
    const verdict = isTheirs
      ? judgePublication(facts)
      : ({ cause: 'not_theirs', answer: 'This channel is personal, and somebody else’s.' } as const);
    const unread = isIdentityKnown ? [] : ['The role of the person is not known; "asRole" gives it.'];
    return {
      ...shown,
      ...verdict,
      publication: sought ? publicationOf(sought) : null,
      event: null,
      findings: inOrder([...handedOver(sought, traces), ...about.findings, ...kept.map(keptFound)]),
      unknown: [...gaps, ...unread],
    };
  }

  /** The parts that every answer has. */
  async #about(
    query: WhyQuery,
    place: { readonly channel: string; readonly epoch: string; readonly offset: number },
  ) {
    const { manager } = this.#deps;
    const { user: userId } = query;
    const wireName = wireNameOf(manager.namespaces, place.channel, userId);
    const asked: TraceAsked = { userId, wireName, ...place };
    const { values: traces, answered, silent } = await this.#asked.ask<Trace>('trace', asked);
    const { principal, shown: identity } = identityOf(userId, query, traces.values());
    const rule = await rightTo(manager.namespaces, wireName, principal);
    const live = [...traces].flatMap(([id, trace]) => trace.live.map((each) => liveFound(id, each)));
    const refused = [...traces].flatMap(([processId, { refusals }]) =>
      refusals.map(({ at, code }) =>
        finding(`The person was refused the channel: ${code}.`, at, { processId }),
      ),
    );
    const findings = [...stepsFound(traces, place.channel), ...live, ...refused];
    return {
      traces,
      rule,
      findings,
      silent,
      shown: { success: true as const, userId, identity, rule, answered, silent },
    };
  }

  #logName(channel: string, userId: string): string {
    const isPersonal = this.#deps.manager.namespaces.ofChannel(channel)?.personal && !channel.includes(':');
    return isPersonal ? personalChannel(channel, userId) : channel;
  }

  #isTheirs(log: string, userId: string): boolean {
    const isPersonal = this.#deps.manager.namespaces.ofChannel(log)?.personal === true;
    return !isPersonal || log === personalChannel(channelSegments(log)[0], userId);
  }
}

function publicationOf({ channel, epoch, offset, found }: Sought): Why['publication'] {
  return {
    channel,
    position: formatPosition({ epoch, offset }),
    id: found?.id ?? null,
    type: found?.type ?? null,
    timestamp: found?.timestamp ?? null,
  };
}

/** The way of the publication: into the log, and to the readers of each process. */
function handedOver(sought: Sought | undefined, traces: ReadonlyMap<string, Trace>): Finding[] {
  if (!sought?.found) return [];
  const { offset, found } = sought;
  const time = Date.parse(found.timestamp);
  const added = finding(`Publication ${found.id} was added to the log at offset ${offset}.`, found.timestamp);
  const handed = [...traces].flatMap(([processId, { fanOut, fanOutsSince }]) => {
    const name = `Process ${shortOf(processId)}`;
    if (fanOut)
      return [finding(`${name} handed it to ${fanOut.sessions} readers.`, fanOut.at, { processId })];
    if (fanOutsSince > time) return [];
    return [finding(`${name} handed it to nobody live.`, found.timestamp, { processId })];
  });
  return [added, ...handed];
}
