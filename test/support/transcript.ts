import { connect, type WsClient } from './ws-client.ts';

/** One line of a `console` block: a command with its answer, a frame typed into wscat (`>`), or one it showed (`<`). */
export interface Step {
  /** Index of the line that holds the answer or frame. */
  readonly line: number;
  readonly kind: 'curl' | 'wscat' | 'send' | 'receive';
  /** The command without its prompt, or the frame. */
  readonly text: string;
  /** What the document says was answered, of `curl` and `receive`. */
  readonly documented: string;
}

export interface Transcript {
  /** Everything between the fences. */
  readonly text: string;
  readonly steps: readonly Step[];
}

/** The `console` blocks of a Markdown text. Throws on a line that is none of the above. */
export function readTranscripts(markdown: string): Transcript[] {
  const transcripts: Transcript[] = [];
  let block: { text: string; steps: Step[] } | undefined;
  let command: string | undefined;
  for (const [line, text] of markdown.split('\n').entries()) {
    if (!block) {
      if (text === '```console') block = { text: '', steps: [] };
    } else if (text === '```') {
      transcripts.push(block);
      block = undefined;
    } else {
      block.text += `${text}\n`;
      if (command) block.steps.push({ line, kind: 'curl', text: command, documented: text });
      else if (!text.startsWith('$ curl ')) block.steps.push(readStep(line, text));
      command = !command && text.startsWith('$ curl ') ? text.slice(2) : undefined;
    }
  }
  return transcripts;
}

function readStep(line: number, text: string): Step {
  if (text.startsWith('> ')) return { line, kind: 'send', text: text.slice(2), documented: '' };
  if (text.startsWith('< ')) return { line, kind: 'receive', text: '', documented: text.slice(2) };
  if (/^\$ .*\bwscat -c /.test(text)) return { line, kind: 'wscat', text: text.slice(2), documented: '' };
  throw new Error(`Line ${line + 1} of the transcript is neither command, frame nor answer: ${text}`);
}

/** Plays steps as a reader would, against whatever addresses and secrets `expand` puts in. */
export class Player implements AsyncDisposable {
  readonly #expand: (text: string) => string;
  #client: WsClient | undefined;

  constructor(expand: (text: string) => string) {
    this.#expand = expand;
  }

  /** The answer as JSON text, of steps that have one. */
  async play({ kind, text }: Step): Promise<string | undefined> {
    const words = kind === 'curl' || kind === 'wscat' ? shellWords(this.#expand(text)) : [];
    if (kind === 'curl') return curl(words);
    if (kind === 'wscat') {
      await this.#client?.close();
      const url = words[words.indexOf('-c') + 1] ?? '';
      this.#client = await connect(url, { headers: headersOf(words) });
    } else if (!this.#client) {
      throw new Error('The transcript has a frame before any wscat.');
    } else if (kind === 'send') {
      this.#client.send(this.#expand(text));
    } else {
      return JSON.stringify(await this.#client.next());
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.close();
  }
}

/** The words of a command line, its quotes removed. */
export function shellWords(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

function headersOf(words: readonly string[]): Record<string, string> {
  const headers = words.filter((_, index) => words[index - 1] === '-H').map((header) => header.split(': '));
  return Object.fromEntries(headers.map(([name = '', ...value]) => [name, value.join(': ')]));
}

async function curl(words: readonly string[]): Promise<string> {
  const after = (flag: string) => (words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined);
  const url = words.find((word) => word.startsWith('http')) ?? '';
  const body = after('-d');
  const response = await fetch(url, {
    method: after('-X') ?? 'GET',
    headers: headersOf(words),
    ...(body !== undefined && { body }),
  });
  return response.text();
}

/** JSON with what differs from run to run (ids, times, epochs) replaced by its kind. */
export function comparable(json: string): unknown {
  return JSON.parse(json, (_key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value)) return '<id>';
    if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)$/.test(value)) return '<time>';
    return value.replace(/^[0-9a-f]{8}:(\d+)$/, '<epoch>:$1');
  });
}
