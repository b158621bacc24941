import { afterAll, beforeAll, expect } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveContact } from '../../../../src/tracking/methods/contacts.ts';
import { needs } from '../../../support/processes/components.ts';
import { joseph, type Subject, startTracking } from '../../support.ts';
import { offerStartTls, startSmtp } from './smtp-server.ts';

const testTls = needs('openssl');
const opened = new AsyncDisposableStack();
let subject: Subject;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'smtp-tls-'));
  opened.defer(() => rm(directory, { recursive: true }));
  subject = opened.use(await startTracking());
  await saveContact(subject.tracking, joseph.userId, { email: 'joseph@home.example' });
});
afterAll(() => opened.disposeAsync());

testTls(
  'a mail server with a certificate that nobody trusts is told nothing, and gets mail once it is trusted',
  async () => {
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    const made = Bun.spawnSync(
      ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1']
        .concat('-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1')
        .concat('-keyout', key, '-out', certificate),
    );
    expect(made.exitCode).toBe(0);
    const tls = { key: await Bun.file(key).text(), cert: await Bun.file(certificate).text() };
    await using implicit = await startSmtp({ tls });
    await using behind = await startSmtp({ tls, greets: false });
    await using explicit = await offerStartTls(behind.port);
    const received = () => [implicit.received(), behind.received()];
    const urls = [implicit.url, explicit.url];

    expect(await send(urls, {})).toMatchObject([{ kind: 'later' }, { kind: 'later' }]);
    expect(received()).toEqual([0, 0]);

    const trust = { NODE_EXTRA_CA_CERTS: certificate };
    expect(await send(urls, trust)).toMatchObject([{ kind: 'taken' }, { kind: 'taken' }]);
    expect(received()).toEqual([1, 1]);
    // The certificate is that of the address alone.
    const byName = urls.map((url) => url.replace('127.0.0.1', 'localhost'));
    expect(await send(byName, trust)).toMatchObject([{ kind: 'later' }, { kind: 'later' }]);
    expect(received()).toEqual([1, 1]);
    const told = explicit.told();
    expect(told.filter((word) => word === 'STARTTLS')).toHaveLength(3);
    expect(new Set(told)).toEqual(new Set(['EHLO', 'STARTTLS']));
  },
  60_000,
);

async function send(servers: readonly string[], env: Readonly<Record<string, string>>): Promise<unknown> {
  const program = join(import.meta.dir, 'send-mail.ts');
  const child = Bun.spawn([process.execPath, program, subject.url, ...servers], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stderr: 'inherit',
  });
  return JSON.parse(await new Response(child.stdout).text());
}
