import { Type } from '@sinclair/typebox';
import { type SQL, sql } from 'drizzle-orm';
import type { realtimeEventTypes } from '../schema/events.ts';
import { type Escalation, type Priority, priorities, rankOf } from '../statuses.ts';

const day = 86_400_000;
const Priorities = Type.Union([
  Type.Literal('low'),
  Type.Literal('normal'),
  Type.Literal('high'),
  Type.Literal('urgent'),
  Type.Literal('critical'),
]);

/** The schema of {@link Escalation}. */
export const EscalationRules = Type.Record(
  // Live sessions come first and are waited for, not escalated to.
  Type.String({ pattern: '^(?!websocket$)[a-z][a-z0-9-]{0,49}$' }),
  Type.Object({
    afterMs: Type.Integer({ minimum: 0, maximum: 7 * day, description: 'unread by the method before' }),
    fromPriority: Type.Optional(Priorities),
  }),
  {
    maxProperties: 10,
    additionalProperties: false,
    description: 'by method of `methods`: when it has its turn, and from which priority',
  },
);

type EventType = Pick<typeof realtimeEventTypes.$inferSelect, 'methods' | 'escalation'>;

/** The course of the events of a type and priority beyond live sessions. */
export interface Course {
  /** Whether one of the methods has a rule that counts for the priority. */
  readonly escalates: boolean;
  /** The time for which they stay unread by live sessions; null where they do not escalate from there. Milliseconds. */
  readonly waitMs: number | null;
  /** Whether a method takes over where live sessions reach nobody. */
  readonly goesOn: boolean;
}

/** Returns the course by the methods that the deployment has; by all where these are not known. */
export function courseOf(
  { methods, escalation }: EventType,
  priority: Priority,
  available: readonly string[] | undefined,
): Course {
  const ruleOf = (method: string) =>
    escalation && Object.hasOwn(escalation, method) ? escalation[method] : undefined;
  const reaching = methods.filter((method) => {
    const from = ruleOf(method)?.fromPriority ?? 'low';
    return rankOf(priority) >= rankOf(from);
  });
  const isThere = (method: string) => available?.includes(method) ?? true;
  const escalates = reaching.some((method) => ruleOf(method) && isThere(method));
  const next = methods
    .slice(methods.indexOf('websocket') + 1)
    .find((method) => reaching.includes(method) && ruleOf(method));
  return {
    escalates,
    waitMs: escalates && next !== undefined ? (ruleOf(next)?.afterMs ?? null) : null,
    goesOn: reaching.some((method) => method !== 'websocket' && isThere(method)),
  };
}

const ranks = sql.raw(`array[${priorities.map((each) => `'${each}'`).join(', ')}]`);

/**
 * For statements with a delivery and its type `t`: how long the delivery stays unread by its method before the next has
 * its turn; null where none has.
 */
export const waitOf = (delivery: 'd' | 'due'): SQL => {
  const d = sql.raw(delivery);
  return sql`(
  select (t.escalation -> step.method ->> 'afterMs')::bigint * interval '1 millisecond'
  from unnest(t.methods) with ordinality as step(method, place)
  where ${d}.escalates and t.escalation ? step.method and step.place > coalesce(array_position(t.methods, ${d}.method), 0)
    and ${d}.priority_rank >= coalesce(array_position(${ranks}, t.escalation -> step.method ->> 'fromPriority'), 1)
  order by step.place limit 1)`;
};

/**
 * For statements with a delivery and its type `t`: whether a method takes over where live sessions reach nobody. See
 * {@link courseOf}.
 */
export const goesOn = (delivery: 'd' | 'due', available: readonly string[] | undefined): SQL => sql`exists (
  select from unnest(t.methods) as step(method)
  where step.method <> 'websocket' and ${available ? sql`step.method = any(${sql.param(available)}::text[])` : sql`true`}
    and ${sql.raw(delivery)}.priority_rank >= coalesce(array_position(${ranks}, t.escalation -> step.method ->> 'fromPriority'), 1))`;

/** For statements with the delivery `d` and its event `e`: what the person chose for a method; null where they said nothing. */
export const choiceOf = (method: SQL): SQL => sql`(
  select p.choice from public.realtime_preferences p
  where p.user_id = d.user_id and p.method = ${method} and p.event_type in (e.type, '*') order by p.event_type = '*' limit 1)`;

/**
 * For statements with the delivery `d`, its event `e` and its type `t`: why the delivery does not go by a method, or null.
 * The methods of the package need an address; any other finds out by itself. The statement asks, and no function of the
 * database: the policies of the tables are then checked once for all of its rows.
 */
export const refusalOf = (method: SQL): SQL => sql`(case
  when d.priority_rank < coalesce(array_position(${ranks}, t.escalation -> ${method} ->> 'fromPriority'), 1)
    then 'only more urgent events go this way'
  when ${choiceOf(method)} = 'off' then 'they turned it off'
  when ${method} = 'fcm' and not exists (select from public.realtime_devices a where a.user_id = d.user_id)
    then 'no phone of theirs takes pushes'
  when ${method} = 'web-push' and not exists (select from public.realtime_push_subscriptions a where a.user_id = d.user_id)
    then 'no browser of theirs takes notifications'
  when ${method} = 'sms' and not exists (select from public.realtime_contacts a where a.user_id = d.user_id and a.phone is not null)
    then 'no phone number of theirs is known'
  when ${method} = 'sms' and exists (select from public.realtime_contacts a join public.realtime_sms_stops s on s.phone = a.phone
    where a.user_id = d.user_id) then 'they opted out of SMS'
  when ${method} = 'email' and not exists (select from public.realtime_contacts a where a.user_id = d.user_id and a.email is not null)
    then 'no e-mail address of theirs is known' end)`;
