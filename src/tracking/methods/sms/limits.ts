import { eq, sql } from 'drizzle-orm';
import { servicePrincipal } from '../../../realtime/principal.ts';
import { withPrincipal } from '../../principal.ts';
import { realtimeSmsStops, realtimeSmsWishes } from '../../schema/sms.ts';
import { nowOf, type Tracking } from '../../tracking.ts';

type Tables = Pick<Tracking, 'database' | 'members' | 'clock'>;

/**
 * The owner of a number gets no SMS from now on, or gets them again. A message with names has its effect once, however
 * often it is delivered: not again once one of its names is known.
 */
export function stopSms(
  tracking: Tables,
  phone: string,
  isStopped = true,
  names: readonly string[] = [],
): Promise<void> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    if (names.length > 0) {
      const wishes = names.map((messageId) => ({ messageId }));
      const added = await tx.insert(realtimeSmsWishes).values(wishes).onConflictDoNothing().returning();
      if (added.length < names.length) return;
    }
    if (isStopped) await tx.insert(realtimeSmsStops).values({ phone }).onConflictDoNothing();
    else await tx.delete(realtimeSmsStops).where(eq(realtimeSmsStops.phone, phone));
  });
}

export type Reserved = { readonly phone: string } | { readonly refused: string };

export interface SmsLimits {
  /** SMS of one person, and of all, in a day (UTC). */
  readonly perPerson: number;
  readonly perDay: number;
}

const dayOf = (now: string) => now.slice(0, 10);

/** Returns the number of a person and counts one SMS of theirs, unless there is none or a limit of the day is reached. */
export function reserveSms(tracking: Tables, userId: string, limits: SmsLimits): Promise<Reserved> {
  const day = dayOf(nowOf(tracking));
  return withPrincipal(tracking, servicePrincipal, async (tx): Promise<Reserved> => {
    const { rows } = await tx.execute<{ phone: string; is_stopped: boolean }>(sql`
      select c.phone, s.phone is not null as is_stopped from public.realtime_contacts c
      left join public.realtime_sms_stops s on s.phone = c.phone where c.user_id = ${userId} and c.phone is not null`);
    const [contact] = rows;
    if (!contact) return { refused: 'no phone number of theirs is known' };
    if (contact.is_stopped) return { refused: 'they opted out of SMS' };
    // Together or not at all: one statement inserts neither where a limit is reached, and locks the person first.
    const counted = await tx.execute<{ user_id: string }>(sql`
      insert into public.realtime_sms_counts as c (day, user_id, count)
      select ${day}::date, given.user_id, 1 from unnest(array[${userId}, '']) as given(user_id)
      on conflict (day, user_id) do update set count = c.count + 1
      returning user_id, count > case user_id when '' then ${limits.perDay}::integer else ${limits.perPerson}::integer end as is_over`);
    const over = counted.rows.find((row) => Object(row).is_over);
    if (!over) return { phone: contact.phone };
    await release(tx, day, userId);
    return { refused: `the limit of SMS of ${over.user_id === '' ? 'the' : 'their'} day is reached` };
  });
}

/** Takes back the count of an SMS that was not sent. */
export function releaseSms(tracking: Tables, userId: string): Promise<void> {
  const day = dayOf(nowOf(tracking));
  return withPrincipal(tracking, servicePrincipal, (tx) => release(tx, day, userId));
}

async function release(tx: Parameters<Parameters<typeof withPrincipal>[2]>[0], day: string, userId: string) {
  await tx.execute(sql`update public.realtime_sms_counts set count = greatest(0, count - 1)
    where day = ${day}::date and user_id in (${userId}, '')`);
}
