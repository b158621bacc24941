import { AppError } from '../../../errors.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { acknowledge } from '../../../tracking/deliveries/acknowledge.ts';
import { createEvent } from '../../../tracking/events/create-event.ts';
import { type InboxFilter, readInbox } from '../../../tracking/inbox/inbox.ts';
import { markItem } from '../../../tracking/inbox/mark.ts';
import { readAll } from '../../../tracking/inbox/read-all.ts';
import { seeAll } from '../../../tracking/inbox/see.ts';
import type { CreatedEvent } from '../../../tracking/model.ts';
import type { AcknowledgementKind, InboxMark } from '../../../tracking/statuses.ts';
import type { Tracking } from '../../../tracking/tracking.ts';
import type { Broadcast, Device, SystemEvent, TestEvent } from '../model.ts';
import { demandSchools, refusalOf } from '../permissions.ts';
import { personOf, raiseAt, schoolOf } from './membership-service.ts';

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

  /**
   * The statement of a person about an event, or of a webhook's receiver on their behalf. Throws `validation_failed` for
   * a service that names nobody, `forbidden` for a person who names somebody else, `not_found`.
   */
  async acknowledge(
    eventId: string,
    kind: AcknowledgementKind,
    said: Device | null | undefined,
    principal: Principal,
  ) {
    const { deviceId, userId } = said ?? {};
    const person = principal.service ? await this.#personNamed(userId) : principal;
    if (userId !== undefined && userId !== person.userId) {
      throw new AppError('forbidden', '"userId" has to be your own id.', { field: 'userId' });
    }
    const acknowledgement = { eventId, kind, ...(deviceId !== undefined && { deviceId }) };
    return { success: true, ...(await acknowledge(this.#tracking, person, acknowledgement)) } as const;
  }

  #personNamed(userId: string | undefined): Promise<Principal> {
    if (userId !== undefined) return personOf(this.#tracking, userId);
    throw new AppError('validation_failed', 'A service reports for a person: name them as "userId".', {
      field: 'userId',
    });
  }

  async readAll(principal: Principal) {
    return { success: true, ...(await readAll(this.#tracking, principal)) } as const;
  }

  /** Throws `not_found`, `conflict` for archiving what is still to be acknowledged. */
  async mark(eventId: string, mark: InboxMark, principal: Principal) {
    return { success: true, ...(await markItem(this.#tracking, principal, eventId, mark)) } as const;
  }

  async seeAll(principal: Principal) {
    return { success: true, ...(await seeAll(this.#tracking, principal)) } as const;
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

  /** Throws `forbidden`, `not_found`, `validation_failed` where the school has to be named. */
  async broadcast(body: Broadcast, principal: Principal, requestKey?: RequestKey): Promise<CreatedEvent> {
    const { schoolId: named, title, message, payload, priority = 'normal', ...rest } = body;
    const { targetUserIds, targetRoles = targetUserIds && [] } = rest;
    const refusal = refusalOf(principal, { ...(targetRoles && { targetRoles }), priority });
    if (refusal) throw new AppError('forbidden', refusal);
    const tenantId = named ?? (await schoolOf(this.#tracking, principal));
    const said = { title, message, ...(payload && { payload }) };
    const event = { eventType: 'school_announcement', tenantId, priority, ...said, ...rest };
    return raiseAt(this.#tracking, principal, [tenantId], () =>
      createEvent(this.#tracking, event, { by: principal, requestKey }),
    );
  }

  /**
   * For administrators, which the route sees to. What is for all schools is of none. Throws `forbidden` for a school that
   * the caller's credentials do not name, `not_found`.
   */
  async system(body: SystemEvent, principal: Principal, requestKey?: RequestKey): Promise<CreatedEvent> {
    const { service, userId } = principal;
    const { schoolIds, title, message, payload, ...rest } = body;
    demandSchools(principal, schoolIds);
    const event = {
      eventType: 'system_maintenance',
      title,
      message,
      payload: { ...payload, title, description: message },
      ...(schoolIds && { targetTenantIds: schoolIds }),
      ...(!service && { sourceUserId: userId }),
      ...rest,
    };
    return raiseAt(this.#tracking, undefined, schoolIds ?? [], () =>
      createEvent(this.#tracking, event, { requestKey }),
    );
  }
}
