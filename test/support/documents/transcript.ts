import { connect, type WsClient } from '../clients/ws-client.ts';
import { openTestDatabase } from '../postgres/database.ts';
import { until } from '../until.ts';

/** A command of a `console` block with its answer, a frame typed into wscat (`>`), or one it showed (`<`). */
export interface Step {
  /** Index of the first line of the answer, or of the frame. */
  readonly line: number;
  readonly kind: Command | 'send' | 'receive';
  /** The command without its prompt, or the frame. */
  readonly text: string;
  /** What the document says was answered, by commands and in `receive`. */
  readonly documented: string;
}

type Command = 'curl' | 'psql' | 'run' | 'wscat';

export interface Transcript {
  /** Everything between the fences. */
  readonly text: string;
  readonly steps: readonly Step[];
}

/** The `console` blocks of a Markdown text. Throws on a line that is none of the above. */
export function readTranscripts(markdown: string): Transcript[] {
  const transcripts: Transcript[] = [];
  let block: { text: string; steps: Step[] } | undefined;
  for (const [line, text] of markdown.split('\n').entries()) {
    if (!block) {
      if (text === '```console') block = { text: '', steps: [] };
    } else if (text === '```') {
      transcripts.push(block);
      block = undefined;
    } else {
      block.text += `${text}\n`;
      const last = block.steps.at(-1);
      if (/^[$<>] /.test(text)) block.steps.push(readStep(line, text));
      else if (last) block.steps.splice(-1, 1, withAnswer(last, text));
      else throw new Error(`Line ${line + 1} of the transcript answers nothing: ${text}`);
    }
  }
  return transcripts;
}

function readStep(line: number, text: string): Step {
  if (text.startsWith('> ')) return { line, kind: 'send', text: text.slice(2), documented: '' };
  if (text.startsWith('< ')) return { line, kind: 'receive', text: '', documented: text.slice(2) };
  const [, program] = /^\$ (curl|psql|bun run|.*\bwscat -c) /.exec(text) ?? [];
  if (!program) throw new Error(`Line ${line + 1} of the transcript is a command that nobody plays: ${text}`);
  const kind = program.endsWith('wscat -c') ? 'wscat' : program === 'bun run' ? 'run' : (program as Command);
  return { line: line + 1, kind, text: text.slice(2), documented: '' };
}

function withAnswer(step: Step, text: string): Step {
  return { ...step, documented: step.documented === '' ? text : `${step.documented}\n${text}` };
}

/** Plays steps as a reader would, against whatever addresses and secrets `expand` puts in. */
export class Player implements AsyncDisposable {
  readonly #expand: (text: string) => string;
  readonly #databaseUrl: string;
  #client: WsClient | undefined;

  constructor(expand: (text: string) => string, databaseUrl: string) {
    this.#expand = expand;
    this.#databaseUrl = databaseUrl;
  }

  /** The answer, of steps that have one: a command's output, or a frame as JSON text. */
  async play({ kind, text }: Step): Promise<string | undefined> {
    const expanded = this.#expand(text);
    switch (kind) {
      case 'curl':
        return curl(shellWords(expanded));
      case 'psql':
        return psql(shellWords(expanded));
      case 'run':
        return run(shellWords(expanded), this.#databaseUrl);
      case 'wscat':
        return this.#connect(shellWords(expanded));
      case 'send':
        this.#connected.send(expanded);
        return undefined;
      case 'receive':
        return this.#receive();
    }
  }

  /** Another service on this database sends the events too: it has to know of the connection by then. */
  async #receive(): Promise<string> {
    const frame = await this.#connected.next();
    if (frame['type'] === 'subscribed' && frame['channel'] === 'realtime_events') {
      await using database = await openTestDatabase(this.#databaseUrl);
      const recorded =
        'select 1 from websocket_connections where receives_events and disconnected_at is null';
      await until(async () => (await database.query(recorded)).length > 0);
    }
    return JSON.stringify(frame);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.close();
  }

  get #connected(): WsClient {
    if (!this.#client) throw new Error('The transcript has a frame before any wscat.');
    return this.#client;
  }

  async #connect(words: readonly string[]): Promise<undefined> {
    await this.#client?.close();
    const url = words[words.indexOf('-c') + 1] ?? '';
    this.#client = await connect(url, { headers: headersOf(words) });
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
  const url = words.find((word) => word.startsWith('http')) ?? '';
  const body = after(words, '-d');
  const response = await fetch(url, {
    method: after(words, '-X') ?? 'GET',
    headers: headersOf(words),
    ...(body !== undefined && { body }),
  });
  return response.text();
}

/** The same statements over our own driver, as not every machine has psql, which when quiet prints void as an empty line. */
async function psql(words: readonly string[]): Promise<string> {
  if (words[1] !== '-qAt') throw new Error('The transcript shows what psql prints only with -qAt.');
  await using database = await openTestDatabase(words[2] ?? '');
  await database.query(after(words, '-c') ?? '');
  return '';
}

/** Standard output of a script of the package. */
async function run(words: readonly string[], databaseUrl: string): Promise<string> {
  const child = Bun.spawn([process.execPath, '--no-env-file', ...words.slice(1)], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_ENV: 'test',
      DOMAINS: 'barangay',
      DATABASE_URL: databaseUrl,
    },
    stderr: 'ignore',
  });
  return (await Bun.readableStreamToText(child.stdout)).trimEnd();
}

const after = (words: readonly string[], flag: string) =>
  words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined;

/** JSON with what differs from run to run (ids, times, epochs) replaced by its kind; other text as it is. */
export function comparable(answer: string): unknown {
  if (!/^[[{]/.test(answer)) return answer;
  return JSON.parse(answer, (_key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value)) return '<id>';
    if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)$/.test(value)) return '<time>';
    return value.replace(/^[0-9a-f]{8}:(\d+)$/, '<epoch>:$1');
  });
}
