import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import type { CreatedEvent } from '../../../tracking/model.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import { demandSchools, refusalOf } from '../permissions.ts';
import { raiseAt } from '../services/membership-service.ts';
import { EventTypeService } from '../supervision/event-type-service.ts';
import { type Hook, hookEvents } from './hook-events.ts';
import { eventOf, type HookCall, type HookOptions, type SchoolHooks, schoolHooks } from './hooks.ts';

/**
 * Hooks by HTTP: for other backends all, for people those whose event is for their role to raise, in their own name.
 */
export class HookService {
  readonly #tracking: Tracking;
  readonly #types: EventTypeService;
  readonly #hooks: SchoolHooks;

  constructor(tracking: Tracking) {
    this.#tracking = tracking;
    this.#types = new EventTypeService(tracking);
    this.#hooks = schoolHooks(tracking);
  }

  async call(
    call: HookCall,
    principal: Principal,
    requestKey: RequestKey | undefined,
  ): Promise<CreatedEvent> {
    await this.#check([call], principal);
    const raise = this.#hooks[call.hook] as (input: unknown, options: HookOptions) => Promise<CreatedEvent>;
    const options = optionsOf([call], principal, requestKey);
    return raiseAt(this.#tracking, options.by, schoolsOf([call]), () => raise(call.input, options));
  }

  async callAll(
    calls: readonly HookCall[],
    principal: Principal,
    requestKey: RequestKey | undefined,
  ): Promise<CreatedEvent[]> {
    await this.#check(calls, principal);
    const options = optionsOf(calls, principal, requestKey);
    return raiseAt(this.#tracking, options.by, schoolsOf(calls), () => this.#hooks.batch(calls, options));
  }

  /** Throws `forbidden` unless each event is for this principal to raise, as its type says now. */
  async #check(calls: readonly HookCall[], principal: Principal): Promise<void> {
    if (principal.service) return;
    const names = calls.map((call) => eventOf(call).eventType);
    const roles = await this.#types.sourceRoles(names);
    for (const [index, call] of calls.entries())
      checkCall(call, principal, roles.get(names[index] ?? '') ?? []);
  }
}

function schoolsOf(calls: readonly HookCall[]): string[] {
  const events = calls.map(eventOf);
  return events.flatMap(({ tenantId, targetTenantIds = [] }) => [
    ...targetTenantIds,
    ...(tenantId ? [tenantId] : []),
  ]);
}

/** Throws `forbidden`. Row level security refuses a school that is none of theirs, but for an event of all schools. */
function checkCall(call: HookCall, principal: Principal, roles: readonly string[]): void {
  const { actor } = hookEvents[call.hook] as unknown as Hook;
  if (!roles.includes(principal.role)) {
    throw new AppError(
      'forbidden',
      `This needs one of the roles ${roles.join(', ') || '(none)'}, or a service key.`,
    );
  }
  const named = actor === undefined ? undefined : (call.input as Readonly<Record<string, unknown>>)[actor];
  if (named !== undefined && named !== principal.userId) {
    throw new AppError('forbidden', `"${actor}" has to be your own id.`, { field: actor ?? '' });
  }
  if (call.hook === 'systemMaintenance') demandSchools(principal, call.input.schoolIds);
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

/** An event for all schools belongs to none, so no person could write it: the service writes it in their name. */
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
