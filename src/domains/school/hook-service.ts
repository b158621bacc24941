import { AppError } from '../../errors.ts';
import type { RequestKey } from '../../realtime/idempotency.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { CreatedEvent } from '../../tracking/model.ts';
import type { Tracking } from '../../tracking/tracking.ts';
import { schoolEventTypes } from './event-types.ts';
import { type Hook, hookEvents } from './hook-events.ts';
import { eventOf, type HookCall, type HookOptions, type SchoolHooks, schoolHooks } from './hooks.ts';
import { refusalOf } from './permissions.ts';

/** Hooks by HTTP: for other backends all, for people those whose event is for their role to raise, in their own name. */
export class HookService {
  readonly #hooks: SchoolHooks;

  constructor(tracking: Tracking) {
    this.#hooks = schoolHooks(tracking);
  }

  async call(
    call: HookCall,
    principal: Principal,
    requestKey: RequestKey | undefined,
  ): Promise<CreatedEvent> {
    checkCall(call, principal);
    const raise = this.#hooks[call.hook] as (input: unknown, options: HookOptions) => Promise<CreatedEvent>;
    return raise(call.input, optionsOf([call], principal, requestKey));
  }

  async callAll(
    calls: readonly HookCall[],
    principal: Principal,
    requestKey: RequestKey | undefined,
  ): Promise<CreatedEvent[]> {
    for (const call of calls) checkCall(call, principal);
    return this.#hooks.batch(calls, optionsOf(calls, principal, requestKey));
  }
}

/** Who may raise an event of this type by hand. */
export const sourceRolesOf = (eventType: string): readonly string[] =>
  schoolEventTypes.find(({ name }) => name === eventType)?.sourceRoles ?? [];

/** Throws `forbidden`. That the school is theirs is what row level security sees to. */
function checkCall(call: HookCall, principal: Principal): void {
  if (principal.service) return;
  const event = eventOf(call);
  const { actor } = hookEvents[call.hook] as unknown as Hook;
  const roles = sourceRolesOf(event.eventType);
  if (!roles.includes(principal.role)) {
    throw new AppError(
      'forbidden',
      `This needs one of the roles ${roles.join(', ') || '(none)'}, or a service key.`,
    );
  }
  const named = actor === undefined ? undefined : (call.input as Readonly<Record<string, unknown>>)[actor];
  if (named !== undefined && named !== principal.userId) {
    throw new AppError('forbidden', `As "${actor}" you may name yourself alone.`, { field: actor ?? '' });
  }
  if (call.hook !== 'custom') return;
  const { targetRoles, targetUserIds, priority = 'normal' } = call.input;
  // To people by name, everybody who may raise it; to whole roles, who may broadcast to them.
  const roleTargets = targetRoles ?? (targetUserIds ? [] : undefined);
  const refusal = refusalOf(principal, {
    ...(roleTargets && { targetRoles: roleTargets as never }),
    priority,
  });
  if (refusal) throw new AppError('forbidden', refusal);
}

/** What is for all schools is of none, so that no person could write it: the school does, in their name. */
function optionsOf(
  calls: readonly HookCall[],
  principal: Principal,
  requestKey: RequestKey | undefined,
): HookOptions {
  const forAll = calls.every(({ hook }) => hook === 'systemMaintenance');
  return {
    ...(!forAll && { by: principal }),
    requestKey,
  };
}
