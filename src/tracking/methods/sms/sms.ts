import type { DeliveryMethod, EventData, Outcome } from '../../../extension/delivery-method.ts';
import type { SmsProvider } from '../../../extension/delivery-sms.ts';
import { type Priority, rankOf } from '../../statuses.ts';
import type { Tracking } from '../../tracking.ts';
import { releaseSms, reserveSms, type SmsLimits, stopSms } from './limits.ts';
import { fitSegments, segmentsOf } from './segments.ts';

export interface SmsOptions {
  readonly tracking: Pick<Tracking, 'database' | 'members' | 'clock'>;
  readonly provider: SmsProvider;
  readonly limits: SmsLimits;
  /** Most segments of one text; a longer one is cut. */
  readonly maxSegments: number;
  /** The cost of one segment, where the provider tells none. */
  readonly segmentCost?: number;
}

/**
 * Sends title and message as SMS, at most so many of a person and of all in a day. Never to a person without a number, or
 * whose number opted out. The limits count what was sent, and what may have been when a process died.
 */
export function createSms({
  tracking,
  provider,
  limits,
  maxSegments,
  segmentCost,
}: SmsOptions): DeliveryMethod {
  return {
    name: 'sms',
    async send({ userId, event, attemptId }, signal): Promise<Outcome> {
      const reserved = await reserveSms(tracking, userId, limits);
      if ('refused' in reserved) return { kind: 'never', error: reserved.refused };
      const text = textOf(event, maxSegments);
      const { segments } = segmentsOf(text);
      const { id: eventId, tenantId, expiresAt } = event;
      const about = {
        attemptId,
        eventId,
        userId,
        tenantId,
        expiresAt,
        priorityRank: rankOf(event.priority as Priority),
      };
      let isSent = false;
      try {
        const outcome = await provider.send({ ...about, to: reserved.phone, text, segments }, signal);
        if (outcome.kind === 'stopped') {
          await stopSms(tracking, reserved.phone);
          return { kind: 'never', error: outcome.error };
        }
        if (outcome.kind !== 'taken') return outcome;
        isSent = true;
        const parts = outcome.segments ?? segments;
        return {
          ...outcome,
          segments: parts,
          ...(outcome.cost === undefined && segmentCost !== undefined && { cost: parts * segmentCost }),
        };
      } finally {
        if (!isSent) await releaseSms(tracking, userId);
      }
    },
  };
}

/** A link is for people: a path of the application says nothing to who reads an SMS. */
function textOf({ title, message, actionUrl }: EventData, maxSegments: number): string {
  const link = actionUrl?.startsWith('http') && actionUrl.length <= 100 ? `\n${actionUrl}` : '';
  const said = message.startsWith(title) || message === '' ? message || title : `${title}: ${message}`;
  return fitSegments(said.replaceAll('\t', ' '), link, maxSegments);
}
