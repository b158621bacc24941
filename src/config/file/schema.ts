import { type Static, type TObject, type TSchema, Type } from '@sinclair/typebox';
import { DeclaredRule } from '../../extension/rules/declared-rule.ts';

const closed = { additionalProperties: false } as const;

const rule = (description: string) => Type.Unsafe<DeclaredRule>({ ...DeclaredRule, description });

const names = (description: string, expected: string) =>
  Type.Array(Type.String({ minLength: 1 }), { minItems: 1, uniqueItems: true, description, expected });

const record = <Value extends TSchema>(value: Value, description: string) =>
  Type.Record(Type.String(), value, { description, expected: 'an object' });

const columns = (description: string) => Type.Optional(names(description, 'a list of names of columns'));

/** A span of time in a file: `90s`, `30m`, `12h`, `7d`. Postgres has no time that is more than some 6,700 years ago. */
export const spanPattern = '^([1-9][0-9]{0,8}[sm]|[1-9][0-9]{0,6}h|[1-9][0-9]{0,5}d)$';

const ChannelSettings = Type.Object(
  {
    read: rule('Who may read; asked at every subscribe, resume and refresh'),
    publish: Type.Optional(rule('Who may publish from a client; without it only servers publish')),
    ephemeral: Type.Optional(
      names('Types that reach the readers of the moment and no log, such as typing', 'a list of types'),
    ),
    whisper: Type.Optional(rule('Rule of those who may send the ephemeral types; without it, the readers')),
    files: Type.Optional(rule('Who may upload files for it, which its readers download; without it none')),
    presence: Type.Optional(
      Type.Boolean({ description: 'Readers see who else reads the channel', expected: 'true or false' }),
    ),
    personal: Type.Optional(
      Type.Boolean({
        description: 'Each user has their own channel behind the one name',
        expected: 'true or false',
      }),
    ),
    retention: Type.Optional(
      Type.Object(
        {
          age: Type.Optional(
            Type.String({
              pattern: spanPattern,
              description: 'Age at which publications leave the log',
              expected: 'a span such as 30m, 12h or 7d',
            }),
          ),
          count: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 1_000_000_000,
              description: 'Publications that the log keeps of one channel',
              expected: 'a whole number of at least 1',
            }),
          ),
        },
        {
          ...closed,
          minProperties: 1,
          description: 'How much the log keeps',
          expected: '{"age": "7d", "count": 1000}, or one of the two',
        },
      ),
    ),
  },
  { ...closed, expected: 'the settings of a channel, {"read": …}' },
);

const TableSettings = Type.Object(
  {
    type: Type.String({
      minLength: 1,
      description: 'Type of the publications',
      expected: 'the type of the publications, such as "order_update"',
    }),
    channels: names(
      'Channels that get each change; {column} stands for the value of the row',
      'a list of channels such as ["orders:{customer_id}"]',
    ),
    columns: columns('Columns that leave; without it all but those whose names say that they hold a secret'),
    hidden: columns('Columns that never leave'),
    texts: columns('Columns whose numbers leave as texts'),
    names: Type.Optional(
      record(Type.String({ minLength: 1 }), 'Names on the wire by column; otherwise they are camelCase'),
    ),
    read: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Column that says whether, or when, somebody has read the row',
        expected: 'the name of a column',
      }),
    ),
    zone: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Zone of a timestamp without time zone; otherwise TIMESTAMP_ZONE',
        expected: 'a time zone such as Asia/Manila',
      }),
    ),
  },
  { ...closed, expected: 'the settings of a table, {"type": …, "channels": […]}' },
);

/** Everything in `tambuli.config.json`; the schema of editors, the check at start and the reference are made of it. */
export const ConfigFile = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'The JSON schema of this file, for editors' })),
    domains: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        uniqueItems: true,
        description: 'Domains of the package to mount and migrate; DOMAINS goes before it',
        expected: 'a list of names of domains',
      }),
    ),
    channels: Type.Optional(
      record(ChannelSettings, 'By pattern, such as orders:{customer_id}: who may do what'),
    ),
    tables: Type.Optional(record(TableSettings, 'By name, such as shop.orders: what their triggers publish')),
  },
  { ...closed, expected: 'an object with channels, tables and domains' },
);

export type ConfigFile = Static<typeof ConfigFile>;
export type ChannelSettings = Static<typeof ChannelSettings>;
export type TableSettings = Static<typeof TableSettings>;

/** The JSON schema that the package ships as `tambuli.config.schema.json`. */
export function renderConfigSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'tambuli.config.json',
    ...ConfigFile,
  };
  // `expected` is for our own faults.
  const plain = JSON.stringify(schema, (key, value) => (key === 'expected' ? undefined : value), 2);
  return `${plain}\n`;
}

/** The tables of the reference: the keys of a channel and those of a table, with their meanings. */
export function renderConfigFileTable(of: 'channel' | 'table'): string {
  const schema: TObject = of === 'channel' ? ChannelSettings : TableSettings;
  const { properties, required = [] } = schema;
  const rows = Object.entries(properties).map(([key, property]) => {
    const need = required.includes(key) ? 'yes' : '–';
    return `| \`${key}\` | ${need} | ${property.description ?? ''} | ${property['expected'] ?? 'a text'} |`;
  });
  return ['| key | required | meaning | value |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
