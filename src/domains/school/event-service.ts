import { eq } from 'drizzle-orm';
import { AppError } from '../../errors.ts';
import type { RequestKey } from '../../realtime/idempotency.ts';
import type { Principal } from '../../realtime/principal.ts';
import { acknowledge } from '../../tracking/acknowledge.ts';
import { createEvent } from '../../tracking/create-event.ts';
import { type InboxFilter, readInbox } from '../../tracking/inbox.ts';
import type { CreatedEvent } from '../../tracking/model.ts';
import { withPrincipal } from '../../tracking/principal.ts';
import { readAll } from '../../tracking/read-all.ts';
import { realtimeEventTypes } from '../../tracking/schema/events.ts';
import type { AcknowledgementKind } from '../../tracking/statuses.ts';
import type { Tracking } from '../../tracking/tracking.ts';
import { schoolOf } from './membership-service.ts';
import type { Broadcast, SystemEvent, TestEvent } from './model.ts';
import { refusalOf } from './permissions.ts';

/** The events of one person, and those that people raise by hand. */
export class EventService {
  readonly #tracking: Tracking;

  constructor(tracking: Tracking) {
    this.#tracking = tracking;
  }

  async list(filter: InboxFilter, principal: Principal) {
    const { items: data, ...page } = await readInbox(this.#tracking, principal, filter);
    return { data, ...page };
  }

  async acknowledge(
    eventId: string,
    kind: AcknowledgementKind,
    deviceId: string | undefined,
    principal: Principal,
  ) {
    const said = { eventId, kind, ...(deviceId !== undefined && { deviceId }) };
    return { success: true, ...(await acknowledge(this.#tracking, principal, said)) } as const;
  }

  async readAll(principal: Principal) {
    return { success: true, ...(await readAll(this.#tracking, principal)) } as const;
  }

  async types(principal: Principal) {
    const data = await withPrincipal(this.#tracking, principal, (tx) =>
      tx
        .select()
        .from(realtimeEventTypes)
        .where(eq(realtimeEventTypes.isActive, true))
        .orderBy(realtimeEventTypes.name),
    );
    return { data };
  }

  /** To the caller, on all their devices. Throws `forbidden` for a service, which has none. */
  test(
    body: TestEvent,
    { service, userId, role }: Principal,
    requestKey?: RequestKey,
  ): Promise<CreatedEvent> {
    if (service) throw new AppError('forbidden', 'A service has no devices: call as a person.');
    const { title = 'Test', message = `This reached you as ${role}.`, priority } = body;
    const event = {
      eventType: 'custom_notification',
      sourceUserId: userId,
      targetUserIds: [userId],
      title,
      message,
      ...(priority && { priority }),
    };
    return createEvent(this.#tracking, event, { requestKey });
  }

  /** Throws `forbidden`, `validation_failed` where the school has to be named. */
  async broadcast(body: Broadcast, principal: Principal, requestKey?: RequestKey): Promise<CreatedEvent> {
    const { schoolId: named, title, message, payload, priority = 'normal', ...rest } = body;
    const { targetRoles } = rest;
    const refusal = refusalOf(principal, { ...(targetRoles && { targetRoles }), priority });
    if (refusal) throw new AppError('forbidden', refusal);
    const tenantId = named ?? (await schoolOf(this.#tracking, principal));
    const said = { title, message, ...(payload && { payload }) };
    const event = { eventType: 'school_announcement', tenantId, priority, ...said, ...rest };
    return createEvent(this.#tracking, event, { by: principal, requestKey });
  }

  /** For administrators, which the route sees to. What is for all schools is of none. */
  system(body: SystemEvent, { service, userId }: Principal, requestKey?: RequestKey): Promise<CreatedEvent> {
    const { schoolIds, title, message, payload, ...rest } = body;
    const event = {
      eventType: 'system_maintenance',
      title,
      message,
      payload: { ...payload, title, description: message },
      ...(schoolIds && { targetTenantIds: schoolIds }),
      ...(!service && { sourceUserId: userId }),
      ...rest,
    };
    return createEvent(this.#tracking, event, { requestKey });
  }
}
