import { connect, type WsClient } from '../../support/clients/ws-client.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { run } from '../../support/programs/run.ts';
import { until } from '../../support/until.ts';
import { LineStream } from './line-stream.ts';
import { type Step, shellWords } from './transcript.ts';

/** Plays steps as a reader would, against the addresses and secrets that `expand` puts in. */
export class Player implements AsyncDisposable {
  readonly #expand: (text: string) => string;
  readonly #databaseUrl: string;
  #client: WsClient | LineStream | undefined;

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
      case 'stream':
        return this.#stream(shellWords(expanded));
      case 'psql':
        return psql(shellWords(expanded));
      case 'run':
        return runScript(shellWords(expanded), this.#databaseUrl);
      case 'wscat':
        return this.#connect(shellWords(expanded));
      case 'send':
        this.#socket.send(expanded);
        return undefined;
      case 'receive':
        return this.#receive();
    }
  }

  /** The worker that sends tracked events finds a connection in its table, so the table has to hold it by then. */
  async #receive(): Promise<string> {
    if (this.#client instanceof LineStream) return this.#client.next();
    const frame = await this.#socket.next();
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

  get #socket(): WsClient {
    if (!this.#client || this.#client instanceof LineStream) {
      throw new Error('The page has a frame before any wscat.');
    }
    return this.#client;
  }

  async #stream(words: readonly string[]): Promise<undefined> {
    await this.#client?.close();
    this.#client = await LineStream.open(addressIn(words), headersOf(words));
  }

  async #connect(words: readonly string[]): Promise<undefined> {
    await this.#client?.close();
    const url = words[words.indexOf('-c') + 1] ?? '';
    this.#client = await connect(url, { headers: headersOf(words) });
  }
}

const addressIn = (words: readonly string[]) => words.find((word) => word.startsWith('http')) ?? '';

function headersOf(words: readonly string[]): Record<string, string> {
  const headers = words.filter((_, index) => words[index - 1] === '-H').map((header) => header.split(': '));
  return Object.fromEntries(headers.map(([name = '', ...value]) => [name, value.join(': ')]));
}

async function curl(words: readonly string[]): Promise<string> {
  const url = addressIn(words);
  const body = after(words, '-d');
  const response = await fetch(url, {
    method: after(words, '-X') ?? 'GET',
    headers: headersOf(words),
    ...(body !== undefined && { body }),
  });
  return response.text();
}

/** The same statements over our own driver, since not every machine has psql; with -q, psql prints void as an empty line. */
async function psql(words: readonly string[]): Promise<string> {
  if (words[1] !== '-qAt') throw new Error('A page shows the output of psql only with -qAt.');
  await using database = await openTestDatabase(words[2] ?? '');
  await database.query(after(words, '-c') ?? '');
  return '';
}

/** Standard output of a script of the package. */
async function runScript(words: readonly string[], databaseUrl: string): Promise<string> {
  const env = { NODE_ENV: 'test', DOMAINS: 'barangay', DATABASE_URL: databaseUrl };
  const { out } = await run([process.execPath, '--no-env-file', ...words.slice(1)], { env });
  return out.trimEnd();
}

const after = (words: readonly string[], flag: string) =>
  words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined;
