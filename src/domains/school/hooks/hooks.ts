import type { Drizzle } from '../../../db/connection/open.ts';
import { once } from '../../../db/log/once.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { sendDue } from '../../../tracking/deliveries/send-due.ts';
import { createEvent } from '../../../tracking/events/create-event.ts';
import { sendAnnouncements } from '../../../tracking/events/send-announcements.ts';
import type { CreatedEvent, NewEvent } from '../../../tracking/model.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { type Hook, type HookInput, type HookName, hookEvents } from './hook-events.ts';

export interface HookOptions {
  /** A transaction to take part in: what comes of it is sent when that commits (R5). */
  readonly tx?: Drizzle;
  /** On whose behalf; row level security says what they may raise. The school itself when left out. */
  readonly by?: Principal;
  readonly idempotencyKey?: string;
  /** The key of the request, which is carried out once however often it comes. Not together with `tx`. */
  readonly requestKey?: RequestKey | undefined;
}

export type HookCall = {
  [Name in HookName]: { readonly hook: Name; readonly input: HookInput<Name> };
}[HookName];

type HookFunctions = {
  readonly [Name in HookName]: (input: HookInput<Name>, options?: HookOptions) => Promise<CreatedEvent>;
};

/**
 * The functions that other modules of the school call when something has happened there. Each rejects as
 * `createEvent`.
 */
export interface SchoolHooks extends HookFunctions {
  /** All or none, in the order given. */
  batch(calls: readonly HookCall[], options?: HookOptions): Promise<CreatedEvent[]>;
}

export function schoolHooks(tracking: Tracking): SchoolHooks {
  const functions = Object.keys(hookEvents).map((name) => {
    const hook = name as HookName;
    return [
      hook,
      (input: never, options?: HookOptions) => raise(tracking, { hook, input }, options),
    ] as const;
  });
  return {
    ...(Object.fromEntries(functions) as unknown as HookFunctions),
    batch: (calls, options) => raiseAll(tracking, calls, options),
  };
}

/** The event a call comes to. */
export function eventOf({ hook, input }: HookCall): NewEvent {
  // The table pairs each name with its own input; the compiler cannot follow that through an index.
  const { eventType, toEvent } = hookEvents[hook] as unknown as Hook;
  return { eventType, ...toEvent(input) };
}

function raise(
  tracking: Tracking,
  call: HookCall,
  { idempotencyKey, ...options }: HookOptions = {},
): Promise<CreatedEvent> {
  const event = eventOf(call);
  return createEvent(
    tracking,
    { ...event, ...(idempotencyKey !== undefined && { idempotencyKey }) },
    options,
  );
}

async function raiseAll(
  tracking: Tracking,
  calls: readonly HookCall[],
  { tx, idempotencyKey: key, by, requestKey }: HookOptions = {},
): Promise<CreatedEvent[]> {
  const within = async (own: Drizzle) => {
    const created: CreatedEvent[] = [];
    for (const [index, call] of calls.entries()) {
      const idempotencyKey = key && `${key}:${index}`;
      const options = { tx: own, ...(by && { by }), ...(idempotencyKey && { idempotencyKey }) };
      created.push(await raise(tracking, call, options));
    }
    return created;
  };
  if (tx) return within(tx);
  const { result, repeated } = await tracking.database.transaction((own, query) =>
    once(query, requestKey, () => within(own)),
  );
  if (repeated) return result.map((each) => ({ ...each, repeated }));
  await sendNow(tracking);
  return result;
}

/** A failure here loses nothing: the events are committed, and the next sender finds them. */
async function sendNow(tracking: Tracking): Promise<void> {
  try {
    await sendDue(tracking);
    await sendAnnouncements(tracking);
  } catch (error) {
    tracking.logger.warn({ err: error }, 'events of a batch could not be sent; the worker sends them again');
  }
}
