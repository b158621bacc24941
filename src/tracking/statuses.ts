/** The life of one event for one person. */
export const deliveryStatuses = [
  /** Written, its time not come or its turn not. */
  'pending',
  /** Published to all devices of the person, or handed to another method. */
  'sent',
  /** A device has it. */
  'delivered',
  'read',
  /** The person said so. */
  'acknowledged',
  /** Every method was tried; a person who comes back later still finds it. */
  'failed',
  'expired',
  'cancelled',
] as const;

export type DeliveryStatus = (typeof deliveryStatuses)[number];

/** The statuses that may follow each status; compiles only while every status is here. */
export const transitions = {
  pending: ['sent', 'failed', 'expired', 'cancelled'],
  sent: ['delivered', 'read', 'acknowledged', 'failed', 'expired', 'cancelled'],
  delivered: ['read', 'acknowledged', 'failed', 'expired', 'cancelled'],
  read: ['acknowledged'],
  acknowledged: [],
  failed: ['delivered', 'read', 'acknowledged', 'cancelled'],
  expired: [],
  cancelled: [],
} as const satisfies Record<DeliveryStatus, readonly DeliveryStatus[]>;

/** From where a delivery may become `to`: what the guard of its UPDATE lists. */
export function sourcesOf(to: DeliveryStatus): readonly DeliveryStatus[] {
  return deliveryStatuses.filter((from) => (transitions[from] as readonly DeliveryStatus[]).includes(to));
}

/** The statuses that count as unread. */
export const unreadStatuses = ['sent', 'delivered', 'failed'] as const satisfies readonly DeliveryStatus[];

/**
 * The marks of a person on an item of their inbox: unread again, put away, or back from there. They are the view of that
 * person alone: a delivery stays read for its author and its escalation.
 */
export const inboxMarks = ['unread', 'archived', 'restored'] as const;
export type InboxMark = (typeof inboxMarks)[number];

/** The acknowledgements of a device or a person, in the order in which they happen. */
export const acknowledgementKinds = ['delivered', 'read', 'acknowledged'] as const;
export type AcknowledgementKind = (typeof acknowledgementKinds)[number];

/**
 * The acknowledgement that ends repeated sending: none is awaited, of any device, of every device connected when it
 * was sent, of the person.
 */
export const awaitedAcknowledgements = ['none', 'device', 'every_device', 'person'] as const;
export type AwaitedAcknowledgement = (typeof awaitedAcknowledgements)[number];

/** The least first. */
export const priorities = ['low', 'normal', 'high', 'urgent', 'critical'] as const;
export type Priority = (typeof priorities)[number];

/** `low` is 1; what is compared and indexed. */
export const rankOf = (priority: Priority): number => priorities.indexOf(priority) + 1;

/** `pending` until its schedule or its turn comes. */
export const eventStatuses = ['pending', 'sent', 'expired', 'cancelled'] as const;
export type EventStatus = (typeof eventStatuses)[number];

/** One row for each person, or one publication on the channel of a tenant that its people read by position. */
export const deliveryModes = ['person', 'channel'] as const;
export type DeliveryMode = (typeof deliveryModes)[number];

/** The kinds of {@link Outcome} of an attempt to reach a person. */
export const attemptOutcomes = ['taken', 'later', 'never'] as const;
/** The fate of a message as its provider reports it after it has taken it. */
export const providerReports = ['sent', 'delivered', 'failed', 'cancelled'] as const;
export type ProviderReport = (typeof providerReports)[number];

/**
 * For each method of an event type, how long an event stays unread by the method before until this one has its turn, at
 * once where that reaches nobody. Events below the priority never reach the method.
 */
export interface Escalation {
  readonly [method: string]: { readonly afterMs: number; readonly fromPriority?: Priority };
}

/** The wishes of a person for the events of a type by a method. */
export const preferenceChoices = ['now', 'digest', 'off'] as const;
export type PreferenceChoice = (typeof preferenceChoices)[number];
