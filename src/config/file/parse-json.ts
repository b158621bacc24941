import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { type FileFault, type Path, type Place, valueText } from './faults.ts';

/** A file of JSON, with comments and trailing commas as editors write them. */
export interface ParsedText {
  readonly value: unknown;
  /** Faults of the syntax, and keys that stand twice. */
  readonly faults: readonly FileFault[];
  /** Returns the place of the key or value, or of the nearest thing around it. */
  placeOf(path: Path): Place | undefined;
}

/** Ten times what a configuration needs; far more would overflow the stack of the parser. */
const deepest = 50;

export function parseJson(written: string): ParsedText {
  // Editors of Windows begin a file with a byte order mark.
  const text = written.replace(/^\ufeff/, '');
  const tooDeep = firstDeeperThan(text, deepest);
  if (tooDeep !== undefined) {
    const expected = `at most ${deepest} objects and lists in one another`;
    return refused({ path: [], found: 'more', expected }, placeAt(text, tooDeep));
  }
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  // Text after a fault of the syntax is read wrongly, so the first fault alone is reported.
  if (error || !root) {
    const offset = error?.offset ?? 0;
    const found = error && text.trim() !== '' ? describe(error, text) : 'an empty file';
    const expected = 'JSON; comments and trailing commas are allowed';
    return refused({ path: [], found, expected }, placeAt(text, offset));
  }
  return {
    value: jsonOf(root),
    faults: repeatedKeys(root, []),
    placeOf(path) {
      for (let length = path.length; length >= 0; length--) {
        const node = findNodeAtLocation(root, path.slice(0, length));
        // A member begins at its key.
        const shown = node?.parent?.type === 'property' ? node.parent : node;
        if (shown) return placeAt(text, shown.offset);
      }
      return placeAt(text, 0);
    },
  };
}

const refused = (fault: FileFault, place: Place): ParsedText => ({
  value: undefined,
  faults: [fault],
  placeOf: () => place,
});

/** Brackets of texts and comments count too where they are not closed there. */
function firstDeeperThan(text: string, most: number): number | undefined {
  let depth = 0;
  for (const { 0: sign, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|[{}[\]]/g)) {
    if (sign === '{' || sign === '[') depth++;
    if (sign === '}' || sign === ']') depth--;
    if (depth > most) return index;
  }
  return undefined;
}

/** Returns the value as `JSON.parse` does; `__proto__` is a key as any other. */
function jsonOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(jsonOf);
  if (node.type !== 'object') return node.value;
  return Object.fromEntries(
    (node.children ?? []).map(({ children: [key, value] = [] }) => [
      String(key?.value),
      value && jsonOf(value),
    ]),
  );
}

function repeatedKeys(node: Node, path: Path): FileFault[] {
  const seen = new Set<string>();
  return (node.children ?? []).flatMap((child, index): FileFault[] => {
    if (node.type === 'array') return repeatedKeys(child, [...path, index]);
    const [key, value] = child.children ?? [];
    const name = String(key?.value);
    const own = [...path, name];
    const isRepeated = seen.has(name);
    seen.add(name);
    return [
      ...(isRepeated
        ? [{ path: own, found: `the key ${valueText(name)} twice`, expected: 'each key once' }]
        : []),
      ...(value ? repeatedKeys(value, own) : []),
    ];
  });
}

function describe({ error, offset, length }: ParseError, text: string): string {
  const part = text.slice(offset, offset + Math.min(length, 40));
  const what = printParseErrorCode(error).replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);
  return part.trim() ? `${valueText(part)} (${what.toLowerCase()})` : what.toLowerCase();
}

function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
