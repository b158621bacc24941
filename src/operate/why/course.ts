import type { DeliveryRow } from '../queues/model.ts';
import type { CourseRow } from './course-reads.ts';
import { finding } from './findings.ts';
import type { Finding } from './model.ts';

type Place = Pick<DeliveryRow, 'method' | 'nextAttemptAt'>;

/** The wait of a delivery that its method has not tried yet; undefined where nothing delays it. */
export function sayWait({ method, nextAttemptAt }: Place, course: CourseRow | undefined): string | undefined {
  if (!course?.waits) return undefined;
  const reason = reasonOf(course);
  return reason && `It waits for ${method} until ${nextAttemptAt}, ${reason}.`;
}

function reasonOf({ inDigest, isPlanned, hasDigestTime, isDelayable }: CourseRow): string | undefined {
  const chosen = 'that was chosen by when the person reads';
  if (inDigest)
    return isPlanned && !hasDigestTime
      ? `for a digest at the time ${chosen}`
      : 'for the digest of the person';
  if (isPlanned) return `the time ${chosen}`;
  return isDelayable ? 'the end of the person’s quiet hours' : undefined;
}

/** The course of a delivery that stays unread; empty where it does not escalate. */
export function sayEscalation({ method }: Place, course: CourseRow | undefined): string {
  if (!course || course.escalatesAt === null) return '';
  const next = nextOf(course, method);
  const then = next === undefined ? 'no other method reaches the person' : `it goes on to ${next}`;
  return `; if it is still unread at ${course.escalatesAt}, ${then}`;
}

function nextOf({ steps }: CourseRow, method: string): string | undefined {
  const place = steps.findIndex((step) => step.method === method);
  return steps.find((step, index) => index > place && step.method !== 'websocket' && step.refusal === null)
    ?.method;
}

/** The findings of the course: what escalation did, what it is to do, and the methods that are closed. */
export function courseFound(
  { method, readAt, acknowledgedAt }: Pick<DeliveryRow, 'method' | 'readAt' | 'acknowledgedAt'>,
  course: CourseRow,
): Finding[] {
  const { steps, escalations, escalatesAt, spared } = course;
  const times = escalations === 1 ? 'once' : `${escalations} times`;
  return [
    ...steps.flatMap((step) =>
      step.refusal === null ? [] : [finding(`It does not go by ${step.method}: ${step.refusal}.`)],
    ),
    ...(escalations > 0 ? [finding(`It went on to another method ${times}, since it was not read.`)] : []),
    ...(spared.length > 0
      ? [finding(`Reading it made ${spared.join(' and ')} unnecessary.`, readAt ?? acknowledgedAt)]
      : []),
    ...(escalatesAt === null
      ? []
      : [
          finding(
            `If it is still unread, ${nextOf(course, method) ?? 'no other method'} has its turn.`,
            escalatesAt,
          ),
        ]),
  ];
}
