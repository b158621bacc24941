import { withoutTexts } from './named-parameters.ts';

/** A function as a statement calls it. */
export interface Call {
  /** The name in the catalogue. */
  readonly name: string;
  /** Numbers of the parameters that are arguments of it, from 1. */
  readonly parameters: readonly number[];
}

const word = '[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*';
const quoted = '"(?:[^"]|"")+"';
const type = `(?:(?:${quoted}|${word})\\s*\\.\\s*)?(?:${quoted}|${word}(?:\\s+varying)?)(?:\\s*\\([^()]*\\))?(?:\\s*\\[\\s*\\d*\\s*\\])*`;
const cast = `\\s*::\\s*${type}`;

/** The calls of a statement with numbered parameters. Words of the language that stand before a parenthesis are among them. */
export function callsIn(statement: string): Call[] {
  const tokens = new RegExp(`(${quoted}|${word})\\s*\\(|\\(|\\)|\\$(\\d+)`, 'g');
  const calls: { name: string; parameters: number[] }[] = [];
  const open: ((typeof calls)[number] | undefined)[] = [];
  for (const [token, name, parameter] of withoutTexts(statement).matchAll(tokens)) {
    if (name !== undefined) {
      const call = { name: catalogueName(name), parameters: [] };
      calls.push(call);
      open.push(call);
    } else if (token === '(') open.push(undefined);
    else if (token === ')') open.pop();
    else open.at(-1)?.parameters.push(Number(parameter));
  }
  return calls;
}

/**
 * The numbers of the parameters that are cast to one type and then to another, or to a length: `$1::text::integer` makes
 * the user `07` the user `7`, and `$1::varchar(5)` makes one of all that begin alike.
 */
export function recastParameters(statement: string): number[] {
  const plain = new RegExp(`(?<![\\w$"]\\s*)\\(\\s*(\\$\\d+(?:${cast})*)\\s*\\)`, 'g');
  const spelled = new RegExp(`\\bcast\\s*\\(\\s*(\\$\\d+(?:${cast})*)\\s+as\\s+(${type})\\s*\\)`, 'gi');
  let text = withoutTexts(statement);
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(plain, ' $1').replace(spelled, ' $1::$2');
  }
  const chains = new RegExp(`\\$(\\d+)((?:${cast})+)`, 'g');
  return [...text.matchAll(chains)].flatMap(([, number, chain = '']) =>
    chain.split('::').length > 2 || chain.includes('(') ? [Number(number)] : [],
  );
}

/** Whether the statement spells a name by escapes, so that what it calls cannot be read. */
export const hasEscapedName = (statement: string): boolean => /\bU&"/i.test(withoutTexts(statement));

const catalogueName = (name: string) =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
