/** A statement whose named parameters (`:order`) became numbered ones. */
export interface NamedStatement {
  /** With `$1`, `$2`, …, and without a semicolon at its end. */
  readonly text: string;
  /** The names, in the order of their numbers; each once. */
  readonly names: readonly string[];
}

/**
 * The texts that may hold a colon that begins no parameter, then a parameter. Comments nest in Postgres; the pattern
 * takes two levels. `E'…'` texts know backslashes, `::` is a cast, and `:=` and slices of arrays (`[1:n]`) begin no name
 * here.
 */
const tokens =
  /--[^\n]*|\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)|\/\*(?:[^*]|\*(?!\/))*\*\/)*\*\/|(?<![\w$\u0080-\uffff])[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(?<![\w$\u0080-\uffff])\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|::|:([A-Za-z_]\w*)/g;

/** The statement with a space in place of each text and comment; quoted names stay. */
export const withoutTexts = (statement: string): string =>
  statement.replace(tokens, (token) => (/^(?:--|\/\*|[eE]?'|\$)/.test(token) ? ' ' : token));

/** Replaces `:name` outside of texts, quoted names and comments. */
export function compileNamed(statement: string): NamedStatement {
  const names: string[] = [];
  const text = statement.replace(tokens, (token, _tag: string | undefined, name: string | undefined) => {
    if (name === undefined) return token;
    const known = names.indexOf(name);
    return `$${known < 0 ? names.push(name) : known + 1}`;
  });
  return { text: text.trim().replace(/;$/, ''), names };
}

/**
 * Returns false for a statement that would end the parenthesis around it, or that is more than one: Postgres would run
 * what follows for itself.
 */
export function staysInParentheses(statement: string): boolean {
  let depth = 0;
  for (const [sign] of statement.replace(tokens, ' ').matchAll(/[();]/g)) {
    if (sign === ';') return false;
    depth += sign === '(' ? 1 : -1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
