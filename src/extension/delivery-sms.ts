import type { Outcome } from './delivery-method.ts';

/** One SMS to one person. */
export interface SmsMessage {
  /** The id of the attempt, under which reports of the provider come back. */
  readonly attemptId: string;
  readonly eventId: string;
  readonly userId: string;
  readonly tenantId: string | null;
  /** E.164 */
  readonly to: string;
  readonly text: string;
  /** The parts in which the text is sent. */
  readonly segments: number;
  /** 1 for low to 5 for critical. */
  readonly priorityRank: number;
  /** ISO 8601; after it nobody wants the message any more. */
  readonly expiresAt: string | null;
}

/** `stopped`: the provider knows that this number opted out; it gets nothing more. */
export type SmsOutcome = Outcome | { readonly kind: 'stopped'; readonly error: string };

/** A way to send SMS. It promises what a {@link DeliveryMethod} promises. */
export interface SmsProvider {
  send(message: SmsMessage, signal: AbortSignal): Promise<SmsOutcome>;
}
