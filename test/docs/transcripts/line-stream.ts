import { createInbox } from '../../support/clients/inbox.ts';

/** An event stream as `curl -N` prints it, line by line; blank lines and comments are left out. */
export class LineStream {
  readonly #lines = createInbox<string>('event stream of the page');
  readonly #abort = new AbortController();
  #reading: Promise<void> | undefined;

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<LineStream> {
    const stream = new LineStream();
    const response = await fetch(url, { headers, signal: stream.#abort.signal });
    stream.#reading = stream.#read(response);
    return stream;
  }

  next(): Promise<string> {
    return this.#lines.next(() => true, 'line');
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#reading;
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const bytes of response.body ?? []) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '' && !line.startsWith(':')) this.#lines.push(line);
      }
      this.#lines.end('the stream ended');
    } catch (error) {
      this.#lines.end(`the stream was cut: ${error}`);
    }
  }
}
