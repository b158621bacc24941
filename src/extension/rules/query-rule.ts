import { sqlState } from '../../db/connection/errors.ts';
import type { Database, Query } from '../../db/connection/open.ts';
import { encodedText } from '../../protocol/wire/channel-name.ts';
import type { Principal } from '../../realtime/principal.ts';
import { compileNamed, staysInParentheses } from './named-parameters.ts';
import { acceptedTypes, acceptOf, memberOf, type ParameterType } from './parameter-types.ts';
import { callsIn, hasEscapedName, recastParameters } from './query-text.ts';

/** The parameters that every query has beside those of its channel. */
export const principalParameters = ['user', 'role', 'tenants'] as const;

/** A query of a rule that the database does not take as one that only reads; `message` says why. */
export class QueryRuleError extends Error {}

/**
 * A rule that asks the database: a principal for which the query returns a row is allowed. One round trip, prepared
 * where connections are sessions, under the time limit of every statement.
 *
 * The statement only reads, which the server proves: inside `exists (…)`, which it cannot end, Postgres takes nothing
 * but a query, and the transaction becomes read-only before the query runs, so that no function that it calls can write
 * either.
 */
export class QueryRule {
  readonly #database: Pick<Database, 'query' | 'transaction'>;
  readonly #parameters: readonly string[];
  readonly #text: string;
  readonly #names: readonly string[];
  #proof: Promise<Proof> | undefined;

  /** @param parameters the parameters of the channel's pattern, in order */
  constructor(
    database: Pick<Database, 'query' | 'transaction'>,
    query: string,
    parameters: readonly string[],
  ) {
    const { text, names } = compileNamed(query);
    this.#database = database;
    this.#parameters = parameters;
    this.#names = names;
    this.#text = text;
  }

  /**
   * Rejects with QueryRuleError for a query that does not only read, or that compares a parameter in an unsafe way. Returns
   * what nobody but the author can judge.
   */
  async prove(): Promise<readonly string[]> {
    return (await this.#proven()).doubts;
  }

  async allows(principal: Principal, segments: readonly string[]): Promise<boolean> {
    const { types } = await this.#proven();
    const values = valuesOf(this.#names, types, (name) => this.#given(name, principal, segments));
    if (!values) return false;
    try {
      const [row] = await this.#database.query<{ allowed: boolean | null }>(
        readOnly(this.#text),
        values,
        'prepared',
      );
      return row?.allowed === true;
    } catch (error) {
      const state = sqlState(error) ?? '';
      // A data exception: an enum has no such member, or the query cannot reckon with the value of the caller.
      if (state.startsWith('22')) return false;
      if (state !== '25006') throw error;
      throw new QueryRuleError('the query of a rule calls a function that writes', { cause: error });
    }
  }

  #given(
    name: string,
    { userId, role, tenants }: Principal,
    segments: readonly string[],
  ): string | readonly string[] | undefined {
    if (name === 'user') return userId;
    if (name === 'role') return role;
    if (name === 'tenants') return tenants;
    return encodedText(segments[this.#parameters.indexOf(name)] ?? '');
  }

  /** A failure is forgotten, as the database may be away. */
  #proven(): Promise<Proof> {
    this.#proof ??= this.#database
      .transaction((_, query) => proofOf(query, this.#text, this.#names))
      .catch((error: unknown) => {
        this.#proof = undefined;
        throw error;
      });
    return this.#proof;
  }
}

/** The settings of a transaction can be made stricter by a statement of it. CASE runs the query after its condition. */
const readOnly = (text: string) =>
  `select case when pg_catalog.set_config('transaction_read_only', 'on', true) = 'on' then exists (\n${text}\n) end as allowed`;

/** Undefined where the value of a parameter cannot be one of its type, so that no row can match. */
function valuesOf(
  names: readonly string[],
  types: readonly ParameterType[],
  given: (name: string) => string | readonly string[] | undefined,
): unknown[] | undefined {
  const values: unknown[] = [];
  for (const [place, name] of names.entries()) {
    const type = types[place] ?? { name: 'text', isEnum: false };
    const value = given(name);
    const member = memberOf(type.name);
    const accept = acceptOf({ ...type, name: member ?? type.name });
    if (value === undefined || !accept) return undefined;
    if (typeof value === 'string') {
      const accepted = accept(value);
      if (accepted === undefined) return undefined;
      values.push(accepted);
    } else values.push(value.flatMap((each) => accept(each) ?? []));
  }
  return values;
}

interface Proof {
  readonly types: readonly ParameterType[];
  readonly doubts: readonly string[];
}

async function proofOf(query: Query, text: string, names: readonly string[]): Promise<Proof> {
  if (!staysInParentheses(text)) {
    throw new QueryRuleError('the query is not one statement whose parentheses match');
  }
  const [recast] = recastParameters(text);
  if (recast !== undefined) {
    const name = names[recast - 1];
    throw new QueryRuleError(
      `:${name} is cast twice, or to a length, so two different values would be one; expected a cast of the column`,
    );
  }
  // Before anything of the query runs.
  const doubts = await doubtsOf(query, text, names);
  return { types: await typesOf(query, text, names), doubts };
}

interface KnownFunction {
  readonly name: string;
  readonly isVolatile: boolean;
}

/**
 * Rejects for a function that may do something in a transaction that only reads: take an advisory lock, end other sessions,
 * sleep. Returns the parameters that go through functions, which may make two values one.
 */
async function doubtsOf(query: Query, text: string, names: readonly string[]): Promise<string[]> {
  if (hasEscapedName(text)) throw new QueryRuleError('the query spells a name by escapes');
  const calls = callsIn(text);
  const known = await query<KnownFunction>(
    `select proname::text as name, bool_and(provolatile = 'v') as "isVolatile" from pg_catalog.pg_proc
     where proname = any($1::text[]) group by proname`,
    [[...new Set(calls.map(({ name }) => name))]],
  );
  const unsafe = known.find(({ isVolatile }) => isVolatile);
  if (unsafe) {
    throw new QueryRuleError(
      `the query calls ${unsafe.name}(), which is volatile; a function of a rule is declared stable or immutable`,
    );
  }
  return calls.flatMap(({ name, parameters }) =>
    known.some((each) => each.name === name)
      ? [...new Set(parameters)].map((each) => `:${names[each - 1]} goes through ${name}()`)
      : [],
  );
}

/** Prepares the query and runs it without values in a read-only transaction; returns the types of its parameters. */
async function typesOf(
  query: Query,
  text: string,
  names: readonly string[],
): Promise<readonly ParameterType[]> {
  const statement = `tambuli_proof_${crypto.randomUUID().replaceAll('-', '')}`;
  await query('set transaction read only');
  await refusing(query(`prepare ${statement} as select exists (\n${text}\n) as allowed`));
  const types = await query<ParameterType>(
    `select p.type::text as name, coalesce(member.typtype, t.typtype) = 'e' as "isEnum"
     from pg_catalog.pg_prepared_statements s cross join unnest(s.parameter_types) with ordinality p(type, place)
     join pg_catalog.pg_type t on t.oid = p.type left join pg_catalog.pg_type member on member.oid = nullif(t.typelem, 0)
     where s.name = $1 order by p.place`,
    [statement],
  );
  await query('savepoint tambuli_proof');
  try {
    if (types.length !== names.length) {
      throw new QueryRuleError('the query has a numbered parameter; expected :name');
    }
    const nulls = names.length > 0 ? `(${names.map(() => 'null').join(', ')})` : '';
    await refusing(query(`execute ${statement}${nulls}`));
  } finally {
    await query('rollback to savepoint tambuli_proof');
    await query(`deallocate ${statement}`);
  }
  for (const [place, name] of names.entries()) checkType(name, types[place]);
  return types;
}

function checkType(name: string, type: ParameterType | undefined): void {
  if (!type) return;
  const isList = name === 'tenants';
  const member = memberOf(type.name);
  if (isList !== (member !== undefined)) {
    const expected = isList ? '`= any(:tenants)`' : 'one value';
    throw new QueryRuleError(`:${name} is compared as ${type.name}; expected ${expected}`);
  }
  if (acceptOf({ ...type, name: member ?? type.name })) return;
  throw new QueryRuleError(
    `:${name} is compared as ${type.name}; expected one of ${acceptedTypes} or an enum, if need be by a cast such as column::text = :${name}`,
  );
}

/** Rejects with QueryRuleError where the server refuses the statement itself; other failures stay as they are. */
async function refusing(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const state = sqlState(error) ?? '';
    if (state === '25006') throw new QueryRuleError('the query writes or locks rows', { cause: error });
    if (!/^(0A|42|3F)/.test(state)) throw error;
    throw new QueryRuleError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
