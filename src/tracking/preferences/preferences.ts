import { type Static, Type } from '@sinclair/typebox';
import { and, eq, sql } from 'drizzle-orm';
import { AppError } from '../../errors.ts';
import type { ReachHours } from '../../extension/delivery-settings.ts';
import { isTimeZone } from '../../lib/time-zone.ts';
import { Text, Word } from '../../protocol/schemas/text.ts';
import { type Principal, servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import { realtimeContacts, realtimePreferences as table } from '../schema/contacts.ts';
import { nowOf, type Tracking } from '../tracking.ts';

const TimeOfDay = Word(5, '^([01][0-9]|2[0-3]):[0-5][0-9]$', { description: 'such as 21:30' });

export const Preference = Type.Object({
  eventType: Word(100, '^([a-z][a-z0-9_]{0,99}|\\*)$', {
    description: 'an event type; `*` for all that are not named',
  }),
  method: Word(50, '^[a-z][a-z0-9-]{0,49}$'),
  choice: Type.Union([Type.Literal('now'), Type.Literal('digest'), Type.Literal('off')]),
});

export const PreferenceChange = Type.Object(
  {
    timeZone: Type.Optional(
      Type.Union([Text(60), Type.Null()], { description: 'of the tz database; null: the default' }),
    ),
    quietHours: Type.Optional(
      Type.Union([Type.Object({ from: TimeOfDay, to: TimeOfDay }), Type.Null()], {
        description: 'null: the default; none where both are the same',
      }),
    ),
    digestAt: Type.Optional(Type.Union([TimeOfDay, Type.Null()], { description: 'null: the default' })),
    choices: Type.Optional(Type.Array(Preference, { maxItems: 500, description: 'in place of all before' })),
  },
  { minProperties: 1 },
);
export type PreferenceChange = Static<typeof PreferenceChange>;

/** The ways and hours in which a person is reached, by their own clock. */
export interface Preferences {
  readonly timeZone: string;
  readonly quietHours: { readonly from: string; readonly to: string } | null;
  readonly digestAt: string;
  readonly phone: string | null;
  readonly email: string | null;
  readonly choices: readonly Static<typeof Preference>[];
}

type Tables = Pick<Tracking, 'database' | 'members' | 'clock'>;

export function readPreferences(
  tracking: Tables,
  { userId }: Pick<Principal, 'userId'>,
  hours: ReachHours,
): Promise<Preferences> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const [contact] = await tx.select().from(realtimeContacts).where(eq(realtimeContacts.userId, userId));
    const choices = await tx
      .select({ eventType: table.eventType, method: table.method, choice: table.choice })
      .from(table)
      .where(eq(table.userId, userId))
      .orderBy(table.eventType, table.method);
    const from = contact?.quietFrom ?? hours.quiet?.from;
    const to = contact?.quietTo ?? hours.quiet?.to;
    const isQuiet = from !== undefined && to !== undefined && from !== to;
    return {
      timeZone: contact?.timeZone ?? hours.timeZone,
      quietHours: isQuiet ? { from: timeOf(from), to: timeOf(to) } : null,
      digestAt: timeOf(contact?.digestMinute ?? hours.digestMinute),
      phone: contact?.phone ?? null,
      email: contact?.email ?? null,
      choices,
    };
  });
}

/** Changes what is given. Throws `validation_failed` for a time zone that is none, or a choice that is there twice. */
export async function savePreferences(
  tracking: Tables,
  { userId }: Pick<Principal, 'userId'>,
  { timeZone, quietHours, digestAt, choices }: PreferenceChange,
): Promise<void> {
  if (timeZone && !isTimeZone(timeZone)) {
    throw new AppError('validation_failed', `There is no time zone ${timeZone}.`, { field: 'timeZone' });
  }
  const keys = choices?.map(({ eventType, method }) => `${eventType} ${method}`) ?? [];
  if (new Set(keys).size < keys.length) {
    throw new AppError('validation_failed', 'A type and method may have one choice.', { field: 'choices' });
  }
  await withPrincipal(tracking, servicePrincipal, async (tx) => {
    // A zone that Postgres does not know fails here, not when a message is to leave.
    if (timeZone) await tx.execute(sql`select now() at time zone ${timeZone}`);
    const set = {
      updatedAt: nowOf(tracking),
      ...(timeZone !== undefined && { timeZone }),
      ...(digestAt !== undefined && { digestMinute: digestAt === null ? null : minutesOf(digestAt) }),
      ...(quietHours !== undefined && {
        quietFrom: quietHours && minutesOf(quietHours.from),
        quietTo: quietHours && minutesOf(quietHours.to),
      }),
    };
    await tx
      .insert(realtimeContacts)
      .values({ userId, ...set })
      .onConflictDoUpdate({ target: realtimeContacts.userId, set });
    if (choices === undefined) return;
    await tx.delete(table).where(and(eq(table.userId, userId)));
    if (choices.length > 0) await tx.insert(table).values(choices.map((choice) => ({ userId, ...choice })));
  });
}

const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const timeOf = (minutes: number) =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
