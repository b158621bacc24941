import type { Principal } from '../../src/realtime/principal.ts';

/** A row as JSON, and all rows there are, by relation. */
export type Row = Readonly<Record<string, unknown>>;
export type Rows = Readonly<Record<string, readonly Row[]>>;

/** Somebody, with the schools whose member they are and those they see all of. */
export interface Person {
  readonly principal: Principal;
  readonly addressed: readonly string[];
  readonly supervised: readonly string[];
}

/** The rows that a relation shows to a person, and those that it lets them write. Everything left out is denied. */
export interface Rights {
  sees?(row: Row, person: Person, all: Rows): boolean;
  /** Also what an update may leave. */
  inserts?(row: Row, person: Person, all: Rows): boolean;
  updates?(row: Row, person: Person, all: Rows): boolean;
  deletes?(row: Row, person: Person, all: Rows): boolean;
}

const isOwn = ({ user_id }: Row, { principal }: Person) => user_id === principal.userId;
const isSupervised = ({ tenant_id }: Row, { supervised }: Person) => supervised.includes(String(tenant_id));
const schoolsOf = ({ addressed, supervised }: Person) => [...addressed, ...supervised];
const isOfOwnSchool = ({ tenant_id }: Row, person: Person) =>
  tenant_id === null || schoolsOf(person).includes(String(tenant_id));
const isOwnOrSupervised = (row: Row, person: Person) => isOwn(row, person) || isSupervised(row, person);

const seesChannel = ({ name }: Row, person: Person) =>
  name === `realtime_events:${person.principal.userId}` ||
  schoolsOf(person).some((school) => name === `realtime_announcements:${school}`);

const isSentAnnouncement = ({ delivery_mode, status, tenant_id }: Row, schools: readonly string[]) =>
  delivery_mode === 'channel' && status !== 'pending' && schools.includes(String(tenant_id));

/** Whether a person is in the group channel of this id, at a school of theirs; with `moderated`, as a moderator. */
function isIn(id: unknown, person: Person, all: Rows, moderated = false): boolean {
  return (all['public.realtime_channel_subscriptions'] ?? []).some(
    (row) =>
      isOwn(row, person) &&
      row['channel'] === `school_channel:${id}` &&
      row['role'] !== null &&
      schoolsOf(person).includes(String(row['tenant_id'])) &&
      (!moderated || row['role'] !== 'member' || isSupervised(row, person)),
  );
}
const isInOf = (row: Row, person: Person, all: Rows) => isIn(row['channel_id'], person, all);
const messageOf = (row: Row, all: Rows) =>
  (all['school.channel_messages'] ?? []).find(({ id }) => id === row['message_id']) ?? {};
const isInOfMessage = (row: Row, person: Person, all: Rows) => isInOf(messageOf(row, all), person, all);
const isAuthor = ({ author_id }: Row, { principal }: Person) => author_id === principal.userId;
const makers = ['teacher', 'finance_manager', 'principal', 'school_director', 'super_admin'];

/** By relation. A relation that is not here shows nothing and takes nothing. */
export const rights: Readonly<Record<string, Rights>> = {
  'public.realtime_channels': { sees: seesChannel },
  'public.realtime_channel_subscriptions': {
    sees: isOwn,
    // The members of a group channel are written by the service.
    inserts: (row, person) =>
      isOwn(row, person) && row['role'] === null && seesChannel({ name: row['channel'] }, person),
    updates: isOwn,
    deletes: isOwn,
  },
  'public.realtime_event_types': { sees: () => true },
  'public.realtime_events': {
    sees: (row, person, all) =>
      row['source_user_id'] === person.principal.userId ||
      isSupervised(row, person) ||
      isSentAnnouncement(row, person.addressed) ||
      (all['public.realtime_event_deliveries'] ?? []).some(
        (delivery) =>
          delivery['event_id'] === row['id'] &&
          isOwn(delivery, person) &&
          delivery['status'] !== 'pending' &&
          delivery['method'] !== 'channel',
      ),
    inserts: (row, person, all) =>
      row['source_user_id'] === person.principal.userId &&
      schoolsOf(person).includes(String(row['tenant_id'])) &&
      (row['target_tenant_ids'] as string[]).every((school) => schoolsOf(person).includes(school)) &&
      (all['public.realtime_event_types'] ?? []).some(
        ({ name, source_roles }) =>
          name === row['type'] && (source_roles as string[]).includes(person.principal.role),
      ),
  },
  'public.realtime_event_deliveries': {
    sees: (row, person) => (isOwn(row, person) && row['status'] !== 'pending') || isSupervised(row, person),
    inserts: (row, person, all) =>
      isOwn(row, person) &&
      row['method'] === 'channel' &&
      (all['public.realtime_events'] ?? []).some(
        (event) =>
          event['id'] === row['event_id'] &&
          event['tenant_id'] === row['tenant_id'] &&
          isSentAnnouncement(event, schoolsOf(person)),
      ),
    updates: (row, person) => isOwn(row, person) && row['status'] !== 'pending',
  },
  'public.realtime_unread_counts': { sees: isOwn, inserts: isOwn, updates: isOwn, deletes: isOwn },
  'public.realtime_push_subscriptions': { sees: isOwn },
  'public.realtime_devices': { sees: isOwn },
  'public.realtime_contacts': { sees: isOwn },
  'public.realtime_preferences': { sees: isOwn },
  'public.realtime_reading_hours': { sees: isOwn },
  'public.realtime_delivery_attempts': { sees: isOwnOrSupervised },
  'public.websocket_connections': {
    sees: isOwnOrSupervised,
    inserts: (row, person) => isOwn(row, person) && isOfOwnSchool(row, person),
    updates: isOwn,
  },
  'public.realtime_user_activity': {
    sees: isOwnOrSupervised,
    inserts: (row, person, all) =>
      isOwn(row, person) &&
      isOfOwnSchool(row, person) &&
      (row['connection_id'] === null ||
        (all['public.websocket_connections'] ?? []).some(
          (connection) => connection['id'] === row['connection_id'] && isOwn(connection, person),
        )),
  },
  'school.channels': {
    sees: (row, person, all) =>
      person.supervised.includes(String(row['school_id'])) ||
      (person.addressed.includes(String(row['school_id'])) &&
        (row['visibility'] === 'open' || isIn(row['id'], person, all))),
    inserts: (row, person) =>
      row['created_by'] === person.principal.userId &&
      makers.includes(person.principal.role) &&
      schoolsOf(person).includes(String(row['school_id'])),
  },
  'school.channel_messages': {
    sees: isInOf,
    inserts: (row, person, all) =>
      isAuthor(row, person) && row['author_role'] === person.principal.role && isInOf(row, person, all),
    updates: (row, person, all) =>
      isInOf(row, person, all) &&
      (isAuthor(row, person) ||
        (row['deleted_at'] !== null && row['body'] === '' && isIn(row['channel_id'], person, all, true))),
  },
  'school.channel_reactions': {
    sees: isInOfMessage,
    inserts: (row, person, all) => isOwn(row, person) && isInOfMessage(row, person, all),
    deletes: (row, person, all) =>
      isInOfMessage(row, person, all) &&
      (isOwn(row, person) ||
        isAuthor(messageOf(row, all), person) ||
        isIn(messageOf(row, all)['channel_id'], person, all, true)),
  },
  'school.channel_receipts': {
    sees: isInOf,
    inserts: (row, person, all) => isOwn(row, person) && isInOf(row, person, all),
    updates: (row, person, all) => isOwn(row, person) && isInOf(row, person, all),
  },
  'public.realtime_removed_counts': { sees: isSupervised },
  'school.delivery_facts': { sees: isSupervised },
  'school.session_facts': { sees: isSupervised },
  'school.activity_facts': { sees: isSupervised },
  'school.presence_facts': { sees: isSupervised },
  'school.members': { sees: isOwnOrSupervised },
};

/** Functions of ours that a statement of a person may call: those that policies and queries ask. */
export const callable = [
  'forget_author',
  'joined_channels',
  'realtime_agrees_with_event',
  'realtime_encode_segment',
  'realtime_is_service',
  'realtime_is_signed',
  'realtime_next_local',
  'realtime_quiet_until',
  'realtime_role',
  'realtime_supervised',
  'realtime_tenants',
  'realtime_user',
];
