/** The content of a tracked event, the same to each of its recipients. */
export interface EventData {
  readonly id: string;
  readonly eventType: string;
  readonly tenantId: string | null;
  readonly sourceUserId: string | null;
  readonly title: string;
  readonly message: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly priority: string;
  readonly actionUrl: string | null;
  readonly correlationId: string | null;
  /** The acknowledgement that is awaited; see `awaitedAcknowledgements`. */
  readonly acknowledgement: string;
  readonly expiresAt: string | null;
  readonly createdAt: string;
}

/** One event on its way to one person. */
export interface OutgoingDelivery {
  readonly userId: string;
  readonly event: EventData;
  /** By this method, from 1. */
  readonly attempt: number;
  /** The id of this attempt; another one where it is repeated, also after a crash. */
  readonly attemptId: string;
}

/** Events on their way to one person in one message. */
export interface OutgoingDigest {
  readonly userId: string;
  /** The most urgent first, and of one priority the oldest. */
  readonly events: readonly EventData[];
}

/** `later`: it may work another time, not before `retryAfterMs`. `never`: the next method has its turn at once. */
export type Outcome =
  | {
      readonly kind: 'taken';
      /** The id under which the provider knows the message. */
      readonly providerId?: string;
      /** The parts that it charges for, and what they cost in the currency of the deployment. */
      readonly segments?: number;
      readonly cost?: number;
    }
  | { readonly kind: 'later'; readonly error: string; readonly retryAfterMs?: number }
  | { readonly kind: 'never'; readonly error: string };

/**
 * A way to a person beside their live sessions. Those are `websocket`, which is no implementation of this: appending to
 * the log is part of the transaction that claims (see `sendDue`), so nothing can get lost between the two.
 */
export interface DeliveryMethod {
  /** The name by which event types refer to the method; none of {@link packageMethods}. */
  readonly name: string;
  /**
   * Hands it over; `taken` says that somebody else is responsible for it from now on, so it is not called for this
   * delivery again, except for the same attempt after a crash. Ends soon after `signal` fires, which it does after {@link attemptMs}. `error` is shown to those who
   * supervise the tenant; so is the `code` of what it rejects with, which counts as `later`.
   */
  send(delivery: OutgoingDelivery, signal: AbortSignal): Promise<Outcome>;
  /**
   * Hands over several events in one message, under the same promises; the outcome counts for each of them. A method
   * without this sends each event by itself.
   */
  sendDigest?(digest: OutgoingDigest, signal: AbortSignal): Promise<Outcome>;
}

/** The names of the package's own methods, which know where they reach a person. */
export const packageMethods = ['websocket', 'webhook', 'fcm', 'web-push', 'sms', 'email'] as const;

/** The first of these names that is one of the package's, or that stands twice. */
export function takenName(names: readonly string[]): string | undefined {
  return names.find(
    (name, index) => packageMethods.some((own) => own === name) || names.indexOf(name) !== index,
  );
}

/** Longest time for one attempt, in milliseconds. */
export const attemptMs = 10_000;
