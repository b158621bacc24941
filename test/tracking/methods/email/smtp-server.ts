import { connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createInbox } from '../../../support/clients/inbox.ts';

export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

type Answer = (step: 'mail' | 'rcpt' | 'data', argument: string) => string | undefined;

/** Says nothing at all. */
export const silence = '';

const user = 'school';
const password = 'secret';

/** The key and the certificate of a server, PEM. */
export interface TlsKey {
  readonly key: string;
  readonly cert: string;
}

interface Options {
  /** TLS from the start; none when left out. */
  readonly tls?: TlsKey;
  /** Whether it speaks first; not behind {@link offerStartTls}. */
  readonly greets?: boolean;
}

/** A server that speaks SMTP (RFC 5321) and checks the credentials, and replies to a step as it is told. */
export async function startSmtp({ tls, greets = true }: Options = {}) {
  const inbox = createInbox<Mail>('mail server');
  let answer: Answer = () => undefined;
  const sockets = new Set<Socket>();
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const credentials = `\0${user}\0${password}`;
    if (greets) socket.write(greeting);
    converse(socket, { credentials, answer: (...said) => answer(...said), take: inbox.push });
  };
  const server = tls ? createTlsServer(tls, accept) : createServer(accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    url: `${tls ? 'smtps' : 'smtp'}://${user}:${password}@127.0.0.1:${port}`,
    next: () => inbox.next(() => true, 'mail'),
    received: () => inbox.all(() => true).length,
    answer: (next: Answer = () => undefined) => {
      answer = next;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const greeting = '220 receiver ESMTP\r\n';

/** A server that says nothing in plain but that it offers TLS (RFC 3207), and is the server at that port behind it. */
export async function offerStartTls(port: number) {
  const told: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write(greeting);
    const hear = (chunk: Buffer) => {
      for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
        told.push(line);
        if (line !== 'STARTTLS') {
          socket.write(
            line.startsWith('EHLO') ? '250-receiver\r\n250 STARTTLS\r\n' : '530 5.7.0 TLS first\r\n',
          );
          continue;
        }
        socket.off('data', hear);
        const inner = connect(port, '127.0.0.1', () => socket.write('220 go on\r\n'));
        inner.on('error', () => socket.destroy());
        sockets.add(inner);
        socket.pipe(inner).pipe(socket);
      }
    };
    socket.on('data', hear);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  return {
    url: `smtp://${user}:${password}@127.0.0.1:${address.port}`,
    /** The first words of each line that came in plain. */
    told: () => told.map((line) => line.split(' ')[0]),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Host {
  readonly credentials: string;
  readonly answer: Answer;
  take(mail: Mail): void;
}

function converse(socket: Socket, host: Host): void {
  const session = new Session(socket, host);
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    received += chunk;
    for (;;) {
      const mark = session.isData ? '\r\n.\r\n' : '\r\n';
      const end = received.indexOf(mark);
      if (end < 0) return;
      const part = received.slice(0, end);
      received = received.slice(end + mark.length);
      session.hear(part);
    }
  });
}

class Session {
  readonly #socket: Socket;
  readonly #host: Host;
  #isKnown = false;
  #envelope = { from: '', to: '' };
  isData = false;

  constructor(socket: Socket, host: Host) {
    this.#socket = socket;
    this.#host = host;
  }

  /** A command, or the whole of a message. */
  hear(part: string): void {
    const line = this.isData ? this.#takeMail(part) : this.#obey(part);
    if (line !== silence) this.#socket.write(`${line}\r\n`);
  }

  #takeMail(part: string): string {
    this.isData = false;
    this.#host.take({ ...this.#envelope, ...parseMail(part) });
    return '250 2.0.0 OK queued';
  }

  #obey(command: string): string {
    const [verb = ''] = command.toUpperCase().split(/[ :]/);
    const address = /<([^>]*)>/.exec(command)?.[1] ?? '';
    switch (verb) {
      case 'EHLO':
        return '250-receiver\r\n250-8BITMIME\r\n250 AUTH PLAIN';
      case 'AUTH': {
        const given = Buffer.from(command.split(' ')[2] ?? '', 'base64').toString();
        this.#isKnown = given === this.#host.credentials;
        return this.#isKnown ? '235 2.7.0 OK' : '535 5.7.8 no';
      }
      case 'MAIL':
        this.#envelope = { from: address, to: '' };
        return this.#isKnown ? (this.#host.answer('mail', address) ?? '250 OK') : '530 5.7.0 authenticate';
      case 'RCPT':
        this.#envelope = { ...this.#envelope, to: address };
        return this.#host.answer('rcpt', address) ?? '250 OK';
      case 'DATA': {
        const refusal = this.#host.answer('data', '');
        this.isData = refusal === undefined;
        return refusal ?? '354 go on';
      }
      case 'STARTTLS':
        return '502 5.5.1 there is no TLS';
      default:
        return verb === 'QUIT' ? '221 bye' : '250 OK';
    }
  }
}

/** Headers and text of a message of one part, decoded (RFC 2045, RFC 2047). */
function parseMail(raw: string): Pick<Mail, 'headers' | 'text'> {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 2))];
    }),
  );
  const body = rest.join('\r\n\r\n').replace(/^\.\./gm, '.');
  const text = decodeBody(body, headers['content-transfer-encoding'] ?? '7bit');
  return { headers, text: text.replaceAll('\r\n', '\n') };
}

function decodeBody(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  return encoding === 'quoted-printable' ? unquote(body.replace(/=\r\n/g, '')) : body;
}

const decodeWords = (text: string) =>
  text
    .replace(/\?= =\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString()
        : unquote(word.replaceAll('_', ' ')),
    );

const unquote = (text: string) =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString();
