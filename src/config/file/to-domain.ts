import type { Database } from '../../db/connection/open.ts';
import type { PublishedTable } from '../../db/triggers/published-table.ts';
import { type Domain, defineDomain } from '../../extension/domain.ts';
import { compileRule, type DeclaredRule } from '../../extension/rules/declared-rule.ts';
import { QueryRuleError } from '../../extension/rules/query-rule.ts';
import { parametersOf } from '../../extension/rules/rule-words.ts';
import type { Namespace } from '../../realtime/channels/namespace.ts';
import type { Retention } from '../../realtime/ports/event-log.ts';
import type { FileFault } from './faults.ts';
import type { ChannelSettings, ConfigFile, TableSettings } from './schema.ts';
import { parseTableName, tableNameForm } from './table-name.ts';

/** The domain that a configuration file declares, and what proves its queries. */
export interface ConfiguredDomain extends Domain {
  readonly tables: readonly PublishedTable[];
  /** Asks the database about every query of a rule. */
  judgeQueries(database: Database): Promise<JudgedQueries>;
}

/** Queries by their place in the file. */
interface JudgedQueries {
  /** The database does not take them. */
  readonly faults: readonly FileFault[];
  /** A parameter goes through a function, which may make two users one. */
  readonly doubts: readonly FileFault[];
}

interface Options {
  /** Settings of the log where a channel names an age or a count alone. */
  readonly retention: Retention;
  /** The error that ends a start when the database does not take a query. */
  readonly refuse: (faults: readonly FileFault[]) => Error;
}

/** The domain tries its queries before the server listens, where the database is there. */
export function configuredDomain(file: ConfigFile, { retention, refuse }: Options): ConfiguredDomain {
  const channels = Object.entries(file.channels ?? {});
  const judgeQueries = (database: Database) => judge(channels, database);
  const domain = defineDomain({
    name: 'configured',
    channels: (database) =>
      channels.map(([pattern, settings]) => namespaceOf(pattern, settings, database, retention)),
    async start({ database, logger }) {
      const judged = await judgeQueries(database).catch((error: unknown) => {
        logger.warn({ err: error }, 'queries of rules were not tried; each is tried before its first use');
      });
      if (judged && judged.faults.length > 0) throw refuse(judged.faults);
    },
  });
  const tables = Object.entries(file.tables ?? {}).map(([name, settings]) => publishedTable(name, settings));
  return { ...domain, tables, judgeQueries };
}

async function judge(
  channels: readonly (readonly [pattern: string, settings: ChannelSettings])[],
  database: Database,
): Promise<JudgedQueries> {
  const faults: FileFault[] = [];
  const doubts: FileFault[] = [];
  for (const [pattern, settings] of channels) {
    for (const { rule, key } of rulesOf(settings)) {
      const { queries } = compileRule(rule, parametersOf(pattern) ?? [], database);
      for (const query of queries) {
        const path = ['channels', pattern, key];
        try {
          for (const found of await query.prove())
            doubts.push({ path, found, expected: 'a comparison with it' });
        } catch (error) {
          if (!(error instanceof QueryRuleError)) throw error;
          faults.push({ path, found: error.message, expected: 'a query that only reads' });
        }
      }
    }
  }
  return { faults, doubts };
}

const ruleKeys = ['read', 'publish', 'whisper', 'files'] as const;

function rulesOf(settings: ChannelSettings): { key: string; rule: DeclaredRule }[] {
  return ruleKeys.flatMap((key) => {
    const rule = settings[key];
    return rule === undefined ? [] : [{ key, rule }];
  });
}

function namespaceOf(
  pattern: string,
  settings: ChannelSettings,
  database: Database,
  otherwise: Retention,
): Namespace {
  const parameters = parametersOf(pattern) ?? [];
  const ruleOf = (rule: DeclaredRule) => compileRule(rule, parameters, database).rule;
  const { read, publish, whisper, files, ephemeral, presence, personal, retention } = settings;
  return {
    pattern,
    read: ruleOf(read),
    ...(publish !== undefined && { publish: ruleOf(publish) }),
    ...(whisper !== undefined && { whisper: ruleOf(whisper) }),
    ...(files !== undefined && { files: ruleOf(files) }),
    ...(ephemeral && { ephemeral }),
    ...(presence && { presence }),
    ...(personal && { personal }),
    ...(retention && {
      retention: {
        ageMs: retention.age === undefined ? otherwise.ageMs : spanMs(retention.age),
        count: retention.count ?? otherwise.count,
      },
    }),
  };
}

/** The table of this name, with what it publishes. Throws where `parseTableName` does not read the name. */
export function publishedTable(name: string, settings: TableSettings): PublishedTable {
  const place = parseTableName(name);
  if (!place) throw new Error(`"${name}" is not ${tableNameForm}.`);
  return { ...place, ...settings };
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a span that the schema has let through. */
function spanMs(span: string): number {
  return Number(span.slice(0, -1)) * unitMs[span.slice(-1) as keyof typeof unitMs];
}
