import { expect, test } from 'bun:test';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInbox } from '../support/clients/inbox.ts';
import { BunWebSocket } from '../support/clients/ws-client.ts';
import { makeCertificate } from '../support/network/certificate.ts';
import { freePort } from '../support/network/free-port.ts';
import { needs } from '../support/processes/components.ts';
import { dieWithParent } from '../support/processes/die-with-parent.ts';
import { jwtMode, makeToken, serviceKey, startTestService } from '../support/services/service.ts';
import { until } from '../support/until.ts';
import { fencesOf, pageAt } from './pages.ts';

/** Runs the configurations of docs/run/proxies.md, with the addresses, names and certificates of this machine. */

const page = pageAt('docs/run/proxies.md');
const insecure = { rejectUnauthorized: false };

needs('nginx')('nginx carries every transport with the configuration of the page', async () => {
  await using place = await makePlace();
  const { directory, port } = place;
  await using service = await startTestService({ env: jwtMode });
  const { key, certificate } = await makeCertificate(directory, 'localhost');
  const configuration = printed('nginx')
    .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
    .replace('/etc/ssl/rt.example.org.pem', certificate)
    .replace('/etc/ssl/rt.example.org.key', key)
    .replace('127.0.0.1:3000', new URL(service.url).host);
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  await Bun.write(
    `${directory}/nginx.conf`,
    `daemon off; pid ${directory}/pid; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n${paths.join('\n')}\n${configuration}}`,
  );
  await using _proxy = start(
    ['nginx', '-p', directory, '-c', `${directory}/nginx.conf`, '-e', 'stderr'],
    'SIGTERM',
  );
  await carriesEverything(`https://localhost:${port}`);
});

needs('caddy')('Caddy carries every transport with the configuration of the page', async () => {
  await using place = await makePlace();
  const { directory, port } = place;
  await using service = await startTestService({ env: jwtMode });
  const configuration = printed('caddyfile')
    .replace('rt.example.org {', `https://localhost:${port} {\n  tls internal`)
    .replace('127.0.0.1:3000', new URL(service.url).host);
  const global = `{\n  admin off\n  auto_https disable_redirects\n  skip_install_trust\n}\n`;
  await Bun.write(`${directory}/Caddyfile`, global + configuration);
  await using _proxy = start(
    ['caddy', 'run', '--adapter', 'caddyfile', '--config', `${directory}/Caddyfile`],
    // At SIGTERM, Caddy waits for the end of every connection.
    'SIGKILL',
    { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
  );
  await carriesEverything(`https://localhost:${port}`);
});

async function carriesEverything(url: string): Promise<void> {
  await until(async () => {
    const answer = await fetch(`${url}/health`, { tls: insecure }).catch(() => undefined);
    return answer?.status === 200;
  });
  const token = await makeToken();
  const inbox = createInbox<string>('clients behind the proxy');

  const socket = new BunWebSocket(`${url.replace('http', 'ws')}/ws/realtime?token=${token}`, {
    tls: insecure,
  });
  socket.onmessage = ({ data }) => inbox.push(`socket ${data}`);
  socket.onopen = () => socket.send('{"type":"subscribe","channel":"hearings"}');
  await inbox.next((line) => /^socket .*"type":"subscribed"/.test(line), 'subscription of the socket');

  const abort = new AbortController();
  const streamUrl = `${url}/api/realtime/stream?channels=hearings&token=${token}`;
  const stream = await fetch(streamUrl, { tls: insecure, signal: abort.signal });
  const reading = readLines(stream, (line) => inbox.push(`stream ${line}`));
  await inbox.next((line) => /^stream data: .*"type":"subscribed"/.test(line), 'start of the stream');

  const poll = fetch(`${url}/api/realtime/channels/hearings/publications?wait=30&token=${token}`, {
    tls: insecure,
  });
  const written = await fetch(`${url}/ws/broadcast/hearing`, {
    method: 'POST',
    tls: insecure,
    // Connects as a browser does for a page of the server's own origin.
    headers: { 'content-type': 'application/json', 'x-api-key': serviceKey, origin: url },
    body: '{"hearingId":123,"eventType":"updated"}',
  });
  expect(written.status).toBe(200);
  const isUpdate = (client: string) => (line: string) =>
    line.startsWith(client) && line.includes('"type":"hearing_update"');
  await inbox.next(isUpdate('socket'), 'publication on the socket');
  await inbox.next(isUpdate('stream'), 'publication on the stream');
  expect(await (await poll).json()).toMatchObject({ publications: [{ type: 'hearing_update' }] });

  socket.close();
  abort.abort();
  await reading;
}

async function readLines(response: Response, listen: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const bytes of response.body ?? []) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) listen(line);
    }
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

function printed(language: string): string {
  const [fence] = fencesOf(page).filter((candidate) => candidate.language === language);
  if (!fence) throw new Error(`${page.path} has no ${language}.`);
  return fence.code;
}

async function makePlace(): Promise<{ directory: string; port: number } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-proxy-'));
  await chmod(directory, 0o755);
  return {
    directory,
    port: await freePort(),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

function start(
  command: readonly string[],
  signal: NodeJS.Signals,
  env: Record<string, string> = {},
): AsyncDisposable {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin`;
  const child = Bun.spawn([...dieWithParent(), ...command], {
    env: { PATH: path, ...env },
    stdout: 'ignore',
    stderr: 'ignore',
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill(signal);
      await child.exited;
    },
  };
}

test('the page prints a configuration for each proxy', () => {
  expect(fencesOf(page).map(({ language }) => language)).toEqual(['nginx', 'caddyfile']);
});
