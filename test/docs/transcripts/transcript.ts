import type { Fence } from '../pages.ts';

/** A command of a `console` block with its answer, a frame typed into wscat (`>`), or a frame or line of a stream that arrived (`<`). */
export interface Step {
  /** Index in the page of the first line of the answer, or of the frame. */
  readonly line: number;
  readonly kind: Command | 'send' | 'receive';
  /** The command without its prompt, or the frame. */
  readonly text: string;
  /** The answer that the page prints, of commands and of `receive`. */
  readonly documented: string;
}

type Command = 'curl' | 'stream' | 'psql' | 'run' | 'wscat';

/** The steps of a `console` block. Throws on a line that is none of the above. */
export function readTranscript({ page, code, line: first }: Fence): readonly Step[] {
  const steps: Step[] = [];
  for (const [index, text] of code.split('\n').entries()) {
    const line = first + index;
    const last = steps.at(-1);
    if (/^[$<>] /.test(text)) steps.push(readStep(page, line, text));
    else if (last) steps.splice(-1, 1, withAnswer(last, text));
    else throw new Error(`${page}:${line + 1} belongs to no command and no frame: ${text}`);
  }
  return steps;
}

const kinds: Readonly<Record<string, Command>> = { 'bun run': 'run', 'curl -N': 'stream' };

function readStep(page: string, line: number, text: string): Step {
  if (text.startsWith('> ')) return { line, kind: 'send', text: text.slice(2), documented: '' };
  if (text.startsWith('< ')) return { line, kind: 'receive', text: '', documented: text.slice(2) };
  const [, program] = /^\$ (curl -N|curl|psql|bun run|.*\bwscat -c) /.exec(text) ?? [];
  if (!program) throw new Error(`${page}:${line + 1} is a command that no test plays: ${text}`);
  const kind = program.endsWith('wscat -c') ? 'wscat' : (kinds[program] ?? (program as Command));
  return { line: line + 1, kind, text: text.slice(2), documented: '' };
}

function withAnswer(step: Step, text: string): Step {
  return { ...step, documented: step.documented === '' ? text : `${step.documented}\n${text}` };
}

/** The words of a command line, its quotes removed. */
export function shellWords(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

/** JSON with its ids, times and epochs, which differ from run to run, replaced by their kind; other text as it is. */
export function comparable(answer: string): unknown {
  const [, field, value = ''] = /^(retry|event|data|id): (.*)$/.exec(answer) ?? [];
  if (field) return { [field]: field === 'retry' ? '<number>' : comparable(value) };
  if (!/^[[{]/.test(answer)) return withoutEpochs(answer);
  return JSON.parse(answer, (_key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value)) return '<id>';
    if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)$/.test(value)) return '<time>';
    return withoutEpochs(value);
  });
}

const withoutEpochs = (text: string) => text.replace(/\b[0-9a-f]{8}(?=:\d)/g, '<epoch>');
