/** The sums of the way of an event to its recipients. */
export const funnelMeasures = [
  'recipients',
  'sent',
  'delivered',
  'read',
  'acknowledged',
  'failed',
  'expired',
  'escalated',
] as const;

/** A kind of counts: of deliveries, of sessions, or of activity. */
export interface Fact {
  /** The name in `realtime_removed_counts`. */
  readonly fact: string;
  /** A view of drizzle/school. */
  readonly view: string;
  /** The columns that a count is of, beside its hour, the school and the role. */
  readonly dimensions: readonly Dimension[];
  /** The columns that are summed. */
  readonly measures: readonly string[];
}
export type Dimension = 'event_type' | 'method' | 'detail';

export const facts = {
  deliveries: {
    fact: 'delivery',
    view: 'school.delivery_facts',
    dimensions: ['event_type', 'method'],
    measures: [...funnelMeasures, 'seconds_to_read'],
  },
  sessions: {
    fact: 'session',
    view: 'school.session_facts',
    dimensions: ['method', 'detail'],
    measures: ['sessions', 'ended', 'seconds'],
  },
  activity: {
    fact: 'activity',
    view: 'school.activity_facts',
    dimensions: ['detail'],
    measures: ['views', 'clicks', 'interactions', 'seconds'],
  },
} as const satisfies Readonly<Record<string, Fact>>;

export type FactKind = keyof typeof facts;
export const factKinds = Object.keys(facts) as FactKind[];
