import { dirname, join } from 'node:path';
import { createInbox } from './inbox.ts';

export interface Wscat extends AsyncDisposable {
  /** `{code, reason}` as wscat prints them when the server, or `close`, ends the connection. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Types one line, as a person would. */
  send(line: string | object): void;
  /** The text of the next message received (what wscat prints after `< `). */
  next(timeoutMs?: number): Promise<string>;
  /** wscat's own `/close` command. */
  close(code?: number): void;
}

/**
 * The stock `wscat`, on a terminal of its own: without one it neither prints the close code nor says when it is
 * connected, and loses lines typed before that. Resolves once wscat prints `Connected`.
 */
export async function startWscat(url: string, args: readonly string[] = []): Promise<Wscat> {
  const inbox = createInbox<WscatLine>(`wscat ${url}`);
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  const decoder = new TextDecoder();
  let pending = '';
  const child = Bun.spawn([runtime(), script(), '--no-color', '--slash', ...args, '--connect', url], {
    terminal: {
      cols: 10_000,
      data(_terminal, bytes) {
        pending += decoder.decode(bytes, { stream: true });
        const lines = pending.split('\n');
        pending = lines.pop() ?? '';
        for (const line of lines) {
          const read = readLine(line);
          if (read === undefined) continue;
          inbox.push(read);
          if (read.kind === 'closed') closed.resolve({ code: read.code, reason: read.reason });
        }
      },
    },
  });
  const { terminal } = child;
  if (terminal === undefined) throw new Error('Bun gave wscat no terminal');
  void child.exited.then((status) => inbox.end(`wscat exited with ${status}`));
  await inbox.next(({ kind }) => kind === 'connected', 'connection');

  const type = (line: string) => terminal.write(`${line}\n`);
  return {
    closed: closed.promise,
    send: (line) => type(typeof line === 'string' ? line : JSON.stringify(line)),
    async next(timeoutMs) {
      const message = await inbox.next(({ kind }) => kind === 'message', 'message', timeoutMs);
      return message.kind === 'message' ? message.text : '';
    },
    close: (code = 1000) => type(`/close ${code}`),
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      terminal.close();
    },
  };
}

type WscatLine =
  | { kind: 'connected' }
  | { kind: 'message'; text: string }
  | { kind: 'closed'; code: number; reason: string }
  | { kind: 'error'; text: string };

// Before each line of its own wscat wipes the prompt; what a person typed is echoed without this mark.
const WIPE = '\u001b[2K\u001b[3D';

function readLine(raw: string): WscatLine | undefined {
  const start = raw.lastIndexOf(WIPE);
  if (start < 0) return undefined;
  const text = Bun.stripANSI(raw.slice(start + WIPE.length)).trimEnd();
  if (text.startsWith('< ')) return { kind: 'message', text: text.slice(2) };
  if (text.startsWith('Connected ')) return { kind: 'connected' };
  const closing = /^Disconnected \(code: (\d+), reason: "(.*)"\)$/.exec(text);
  if (closing) return { kind: 'closed', code: Number(closing[1]), reason: closing[2] ?? '' };
  return { kind: 'error', text };
}

// Bun would put its own client in place of the `ws` that wscat requires.
function runtime(): string {
  return Bun.which('node') ?? process.execPath;
}

function script(): string {
  return join(dirname(Bun.resolveSync('wscat/package.json', import.meta.dir)), 'bin/wscat');
}
