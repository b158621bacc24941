import { type Static, Type } from '@sinclair/typebox';
import type { Database } from '../../db/connection/open.ts';
import type { Rule } from '../../realtime/channels/namespace.ts';
import { QueryRule } from './query-rule.ts';
import { parseRuleWord, ruleWordPattern, ruleWords, wordRule } from './rule-words.ts';

const expected = `${ruleWords}, {"query": "select …"}, or a list of them`;

const Word = Type.String({
  pattern: ruleWordPattern,
  description: 'anyone; a role; the user, or a tenant of the user, that the parameter of the channel names',
});

const QueryWord = Type.Object(
  {
    query: Type.String({
      minLength: 1,
      description:
        'A query that returns a row where the rule allows it; it may name the parameters of the channel, :user, :role and :tenants',
    }),
  },
  { additionalProperties: false },
);

/** A rule without code: one word, one query, or a list of which any allows. */
export const DeclaredRule = Type.Union(
  [Word, QueryWord, Type.Array(Type.Union([Word, QueryWord]), { minItems: 1 })],
  { expected },
);
export type DeclaredRule = Static<typeof DeclaredRule>;

type Part = Exclude<DeclaredRule, readonly unknown[]>;

export const partsOf = (rule: DeclaredRule): readonly Part[] => (Array.isArray(rule) ? rule : [rule]);

/** A rule of a channel, and what proves its queries. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly queries: readonly QueryRule[];
}

/**
 * Any part that allows it is enough; words are asked before queries. A service reads every channel, as the scopes of
 * its key say what it may.
 *
 * @throws Error for what the configuration file refuses
 */
export function compileRule(
  declared: DeclaredRule,
  parameters: readonly string[],
  database: Database,
): CompiledRule {
  const words: Rule[] = [];
  const queries: QueryRule[] = [];
  for (const part of partsOf(declared)) {
    if (typeof part === 'object') {
      queries.push(new QueryRule(database, part.query, parameters));
      continue;
    }
    const word = parseRuleWord(part);
    if (!word) throw new Error(`"${part}" is no rule; there are ${ruleWords}.`);
    words.push(wordRule(word, parameters));
  }
  const rule: Rule = (principal, ...segments) => {
    if (principal.service || words.some((allows) => allows(principal, ...segments))) return true;
    return queries.length > 0 && anyOf(queries, (query) => query.allows(principal, segments));
  };
  return { rule, queries };
}

async function anyOf<T>(items: readonly T[], allows: (item: T) => Promise<boolean>): Promise<boolean> {
  for (const item of items) if (await allows(item)) return true;
  return false;
}
