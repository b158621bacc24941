import type { Query } from '../../../src/db/connection/open.ts';

/**
 * Columns that hold no word about a person, and what a row has in them; SQL. Everything else that holds texts gets the
 * mark of a person: a new column is of a person until it is named here, and then has to be forgotten.
 */
const impersonal: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'campus.buildings': { id: `'b'`, campus_id: `'c'`, name: `'n'`, footprint: 'null' },
  'campus.campuses': { id: `'c'`, organization_id: `'o'`, name: `'n'`, footprint: 'null' },
  'campus.organizations': { id: `'o'`, name: `'n'` },
  'campus.members': { organization_id: `'o'`, role: `'staff'` },
  // An issue is the organisation's, its words included.
  'campus.issues': {
    ...{
      id: 'gen_random_uuid()::text',
      organization_id: `'o'`,
      campus_id: `'c'`,
      building_id: `'b'`,
      title: `'t'`,
    },
    ...{ description: `'d'`, category: `'other'`, priority: `'low'`, severity: `'low'`, status: `'open'` },
    resolution: `'r'`,
  },
  // A case is the patient's.
  'clinic.cases': {
    ...{
      id: `'case'`,
      status: `'NEW'`,
      patient_name: `'p'`,
      complaint: `'c'`,
      village: `'v'`,
      priority: `'routine'`,
    },
  },
  'clinic.messages': { case_id: `'case'`, author_role: `'asha'` },
  'clinic.notifications': { case_id: `'case'` },
  'clinic.reactions': { emoji: `'👍'` },
  'clinic.receipts': { case_id: `'case'` },
  'clinic.reviews': { case_id: `'case'`, assessment: `'a'`, advice: `'a'`, status: `'s'` },
  // A report is the barangay's, and the people whom it is about are no users.
  'public.blotter_reports': {
    ...{
      case_number: 'gen_random_uuid()::text',
      incident_type: `'t'`,
      incident_location: `'l'`,
      narrative: `'n'`,
    },
    ...{ complainant: `'c'`, status: `'pending'`, priority: `'normal'` },
  },
  'public.hearings': { location: `'l'`, purpose: `'p'`, status: `'scheduled'`, notes: `'n'` },
  'public.persons': {
    ...{
      person_code: `'PERSON-1'`,
      first_name: `'f'`,
      last_name: `'l'`,
      contact_number: `'1'`,
      address: `'a'`,
    },
    person_type: `'t'`,
  },
  'public.person_history': { description: `'d'` },
  'public.notifications': { type: `'general'` },
  'public.users': { role: `'officer'` },
  // The engine.
  'public.realtime_channels': { epoch: `'e'` },
  'public.realtime_cluster': { facts: `'{}'`, written: `'1'`, pending: 'null', renewed_to: `''` },
  'public.realtime_namespaces': { name: `'ns'` },
  'public.realtime_process_runs': { id: `'p'`, version: `'1'`, host: `'h'` },
  'public.realtime_processes': { id: `'p'` },
  'public.realtime_channel_openings': {},
  'public.realtime_dead_letters': { type: `'t'`, event_type: `'e'`, reason: `'r'` },
  'public.realtime_outbox': { type: `'t'`, event_type: `'e'` },
  'public.realtime_idempotency_keys': { epoch: `'e'`, content_hash: `'h'` },
  'public.realtime_leases': { name: `'case:1'` },
  'public.realtime_lease_waiters': { name: `'case:1'` },
  'public.realtime_mutes': { namespace: `'notifications'` },
  'public.realtime_positions': { epoch: `'e'`, transport: `'websocket'` },
  'public.realtime_presence': { role: `'r'`, counts: `'{"p": 1}'` },
  'public.realtime_publications': { type: `'t'`, event_type: `'e'` },
  // A revocation stays under a name that tells nobody; its own test is that of revocations.
  'public.realtime_revocations': { user_id: `'somebody'` },
  // Tracked events.
  'public.realtime_channel_subscriptions': { read_epoch: `'e'`, role: `'member'`, tenant_id: `'school'` },
  'public.realtime_contacts': { time_zone: `'UTC'` },
  'public.realtime_delivery_attempts': {
    ...{ tenant_id: `'school'`, method: `'sms'`, outcome: `'taken'`, report: `'delivered'` },
  },
  'public.realtime_devices': { platform: `'android'` },
  'public.realtime_event_deliveries': {
    ...{ tenant_id: `'school'`, status: `'read'`, method: `'sms'`, channel_epoch: `'e'`, spared: `'{}'` },
  },
  'public.realtime_event_types': {
    ...{
      name: `'type'`,
      description: `'d'`,
      title_template: `'t'`,
      message_template: `'m'`,
      priority: `'low'`,
    },
    ...{ acknowledgement: `'none'`, methods: `'{websocket}'`, source_roles: `'{}'`, escalation: 'null' },
  },
  'public.realtime_events': {
    ...{ type: `'type'`, tenant_id: `'school'`, target_roles: `'{}'`, target_tenant_ids: `'{school}'` },
    ...{ priority: `'low'`, delivery_mode: `'person'`, status: `'sent'`, channel_epoch: `'e'` },
  },
  'public.realtime_predictions': { name: `'reading'`, weights: `'{}'` },
  'public.realtime_preferences': { event_type: `'*'`, method: `'sms'`, choice: `'off'` },
  'public.realtime_reading_groups': { tenant_id: `'school'`, method: `'sms'`, role: `'parent'` },
  'public.realtime_sms_jobs': { tenant_id: `'school'`, status: `'sent'` },
  // The name that a provider gave to a message which came.
  'public.realtime_sms_wishes': { message_id: 'gen_random_uuid()::text' },
  // Counts of people who are gone.
  'public.realtime_removed_counts': {
    ...{
      fact: `'delivery'`,
      measure: `'sent'`,
      tenant_id: `'school'`,
      role: `'parent'`,
      event_type: `'type'`,
    },
    ...{ method: `'sms'`, detail: `'/'` },
  },
  'public.realtime_system_metrics': { process_id: `'p'`, name: `'events'`, histogram: 'null' },
  'public.realtime_user_activity': { tenant_id: `'school'`, kind: `'click'` },
  'public.websocket_connections': {
    ...{
      role: `'parent'`,
      tenant_id: `'school'`,
      transport: `'sse'`,
      device_type: `'mobile'`,
      process_id: `'p'`,
    },
    ...{ quality: `'good'`, disconnect_reason: `'client'` },
  },
  // Schools.
  'school.schools': { id: `'school'`, name: `'n'` },
  'school.users': { role: `'parent'`, school_id: `'school'` },
  'school.director_access': { school_id: `'school'` },
  'school.channels': {
    id: `'channel'`,
    school_id: `'school'`,
    name: `'n'`,
    description: `'d'`,
    visibility: `'open'`,
  },
  'school.channel_messages': { channel_id: `'channel'`, author_role: `'parent'` },
  'school.channel_reactions': { emoji: `'👍'` },
  'school.channel_receipts': { channel_id: `'channel'` },
  // Venues, whose words are their owners' trade.
  'venues.users': { role: `'user'` },
  'venues.venues': { id: `'venue'`, name: `'n'`, description: `'d'`, address: `'a'`, status: `'active'` },
  'venues.promotions': {
    id: 'gen_random_uuid()::text',
    venue_id: `'venue'`,
    title: `'t'`,
    description: `'d'`,
  },
  'venues.vibe_checks': { id: 'gen_random_uuid()::text', venue_id: `'venue'` },
  'venues.notifications': { type: `'t'` },
};

/** Marks that are not the id itself, and values of columns of other kinds; SQL, with `mark` for the id. */
const values: Readonly<Record<string, string>> = {
  'public.realtime_publications.exclude': `'user:mark'`,
  'public.realtime_publications.channel': `'notifications:mark'`,
  'public.realtime_outbox.channel': `'notifications:mark'`,
  'public.realtime_dead_letters.channel': `'notifications:mark'`,
  'public.realtime_positions.channel': `'notifications:mark'`,
  'public.realtime_presence.channel': `'notifications:mark'`,
  'public.realtime_channels.name': `'notifications:mark'`,
  'public.realtime_channel_openings.name': `'notifications:mark'`,
  'public.realtime_channel_subscriptions.channel': `'notifications:mark'`,
  'public.realtime_idempotency_keys.channel': `'POST /x user:mark'`,
  'public.realtime_sms_jobs.gateway': `'mark phone'`,
  'public.realtime_sms_stops.phone': `'+mark'`,
  'public.realtime_contacts.phone': `'+mark'`,
  'public.realtime_event_deliveries.device_acks': `'{"mark": {"read": "2026-01-01T00:00:00.000Z"}}'`,
  'public.realtime_user_activity.page': `'/people/mark?tab=fees'`,
  'public.realtime_events.action_url': `'/people/mark'`,
  'public.realtime_event_deliveries.priority_rank': '1',
  'public.websocket_connections.loss': '0',
  'public.realtime_contacts.quiet_from': '1',
  'public.realtime_contacts.quiet_to': '2',
  'public.realtime_events.expires_at': 'null',
  'public.realtime_channel_subscriptions.subscribed_at': 'now()',
  'public.realtime_publications.offset': '1',
  'public.hearings.blotter_report_id': 'null',
  'public.person_history.blotter_report_id': 'null',
  'public.person_history.person_id': '(select min(id) from public.persons)',
  'public.notifications.case_id': 'null',
  'venues.promotions.ends_at': `now() + interval '1 day'`,
};

const uuid = (mark: string) => `md5('${mark}')::uuid`;
const byType: Readonly<Record<string, (mark: string) => string>> = {
  text: (mark) => `'${mark}'`,
  json: (mark) => `'{"by": "${mark}", "among": ["${mark}"]}'`,
  jsonb: (mark) => `'{"by": "${mark}", "among": ["${mark}"]}'`,
  _text: (mark) => `'{"${mark}"}'`,
  uuid,
  timestamptz: () => 'now()',
  date: () => 'now()',
  time: () => 'now()',
  int2: () => '1',
  int4: () => '1',
  int8: () => '1',
  float4: () => '1',
  float8: () => '1',
  bool: () => 'true',
};

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
}

/** Every column of the tables of the product, but those that migrations keep of themselves. */
const columnsOf = (query: Query): Promise<Column[]> =>
  query<Column>(`select table_schema || '.' || table_name as table, column_name as name, udt_name as type,
      is_identity = 'YES' or column_default like 'nextval%' or udt_name = 'bytea' as generated
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema', 'drizzle')
      and table_name <> 'realtime_signing_key'
    order by 1, ordinal_position`);

/** Whether a column can name a person. */
const isPersonal = ({ table, name, type }: Column) =>
  impersonal[table]?.[name] === undefined && ['text', 'json', 'jsonb', '_text'].includes(type);

/** The tables with a column that can name a person. */
export async function personalTables(query: Query): Promise<readonly string[]> {
  const columns = await columnsOf(query);
  return [...new Set(columns.filter(isPersonal).map(({ table }) => table))];
}

/** Texts that hold the mark of somebody, in each table one row or several. Parents come before their children. */
export async function markEverything(query: Query, mark: string): Promise<readonly string[]> {
  const columns = await columnsOf(query);
  const tables = [...new Set(columns.map(({ table }) => table))];
  const marked: string[] = [];
  const value = (column: Column): string => {
    const { table, name, type } = column;
    const fixed = impersonal[table]?.[name];
    if (fixed !== undefined) return fixed;
    if (isPersonal(column)) marked.push(`${table}.${name}`);
    const own = values[`${table}.${name}`];
    return own?.replaceAll('mark', mark) ?? byType[type]?.(mark) ?? 'null';
  };
  const statements = tables.map((table) => {
    const own = columns.filter((column) => column.table === table && !column.generated);
    const names = own.map(({ name }) => `"${name}"`).join();
    return `insert into ${table} (${names}) values (${own.map(value).join()}) on conflict do nothing`;
  });
  let waiting = statements;
  while (waiting.length > 0) {
    const left: string[] = [];
    let failure: unknown;
    for (const statement of waiting) {
      await query(statement).catch((error) => {
        failure = new Error(`${statement}: ${String(error)}`, { cause: error });
        left.push(statement);
      });
    }
    if (left.length === waiting.length) throw failure;
    waiting = left;
  }
  return [...new Set(marked)];
}

/** The columns in which the mark stands, in any row. */
export async function findMark(query: Query, mark: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { table, name } of await columnsOf(query)) {
    const rows = await query(`select 1 from ${table} where strpos("${name}"::text, $1) > 0 limit 1`, [mark]);
    if (rows.length > 0) found.push(`${table}.${name}`);
  }
  return found;
}
