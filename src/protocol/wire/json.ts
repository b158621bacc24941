/**
 * JSON whose numbers keep their text: a number that no double holds as it is written (9007199254740993, or twenty
 * decimals) is not rounded. In its place stands a raw number, which `JSON.stringify` writes to the letter; a schema that
 * asks for a number does not take it. Numbers beyond what a double reaches (1e400) are refused: most readers would get
 * infinity, and a database column of type numeric may not take them.
 */

// ECMAScript's own (JSON.parse source text access), which TypeScript does not declare yet.
interface RawJson {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
}
const json = JSON as unknown as RawJson;

/** Longest text of a number, in characters. */
const maxNumberLength = 1_000;

/** Thrown by `parseJson` for a number that is too large, too small or too long. */
export class NumberOutOfRange extends Error {
  override readonly name = 'NumberOutOfRange';

  constructor() {
    super(`A number is beyond what a double reaches, or has more than ${maxNumberLength} characters.`);
  }
}

/** Sixteen digits, or an exponent of three: what is shorter, a double holds as it is written. */
const suspicion = /[\d.]{16}|\d[eE][+-]?\d{3}/;
/** JSON from outside. Throws SyntaxError for what is no JSON, and `NumberOutOfRange`. Linear in the length. */
export function parseJson(text: string): unknown {
  return parse(text, refuse);
}

/** JSON that is in the log already, or comes from another process: every number is kept. Throws SyntaxError. */
export function parseExact(text: string): unknown {
  return parse(text, () => undefined);
}

/** For parsers that are not ours: a reviver of JSON.parse that keeps numbers, and puts `outOfRange` for those refused. */
export function reviveExact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  if (isOutOfRange(source)) return outOfRange;
  return isHeldAsWritten(source) ? value : json.rawJSON(source);
}

export const outOfRange = Object.freeze({ refused: 'a number out of range' });

function parse(text: string, check: (number: string) => void): unknown {
  // First, as the numbers are looked for in JSON alone.
  const value: unknown = JSON.parse(text);
  if (!suspicion.test(text)) return value;
  let isExact = true;
  for (const number of numbersIn(text)) {
    check(number);
    isExact &&= isHeldAsWritten(number);
  }
  return isExact ? value : json.parse(text, keepNumber);
}

function refuse(number: string): void {
  if (isOutOfRange(number)) throw new NumberOutOfRange();
}

/** The numbers of a JSON text, as they are written. By hand: a pattern takes ten times as long, and more for escapes. */
function* numbersIn(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      for (at++; text.charCodeAt(at) !== quote; at++) if (text.charCodeAt(at) === backslash) at++;
    } else if (code === minus || isDigit(code)) {
      const start = at;
      while (isOfNumber(text.charCodeAt(at + 1))) at++;
      yield text.slice(start, at + 1);
    }
  }
}

const [quote, backslash, minus, plus, dot] = [34, 92, 45, 43, 46];
const isDigit = (code: number) => code >= 48 && code <= 57;
const isExponent = (code: number) => code === 69 || code === 101;
const isOfNumber = (code: number) =>
  isDigit(code) || code === dot || code === minus || code === plus || isExponent(code);

/** The text of a raw number; undefined of anything else. */
export function rawNumber(value: unknown): string | undefined {
  return json.isRawJSON(value) ? value.rawJSON : undefined;
}

function keepNumber(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  const isChanged = typeof value === 'number' && source !== undefined && !isHeldAsWritten(source);
  return isChanged ? json.rawJSON(source) : value;
}

function isOutOfRange(token: string): boolean {
  const number = Number(token);
  const isLost = number === 0 && /^-?[\d.]*[1-9]/.test(token.slice(0, maxNumberLength));
  return token.length > maxNumberLength || !Number.isFinite(number) || isLost;
}

/** Whether the double that is read is written as the same decimal number. */
function isHeldAsWritten(token: string): boolean {
  const number = Number(token);
  if (token.length < 16 && Number.isFinite(number) && number !== 0) return true;
  const written = String(number);
  return token === written || decimalOf(token) === decimalOf(written);
}

/** The same text for all ways to write one decimal number: its digits without zeros around them, and their exponent. */
function decimalOf(token: string): string {
  const [mantissa = '', exponent = '0'] = token.replace(/^-/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = trimEnd(digits);
  const place = Number(exponent) - fraction.length + digits.length - significant.length;
  return significant === '' ? '0' : `${significant}e${place}`;
}

/** Without zeros at its end; a pattern would look for them from every one on. */
function trimEnd(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}
