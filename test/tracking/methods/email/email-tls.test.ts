import { afterAll, beforeAll, expect } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveContact } from '../../../../src/tracking/methods/contacts.ts';
import { makeCertificate } from '../../../support/network/certificate.ts';
import { needs } from '../../../support/processes/components.ts';
import { outputOf } from '../../../support/programs/run.ts';
import { joseph, type Subject, startTracking } from '../../support.ts';
import { offerStartTls, startSmtp, type TlsKey } from './smtp-server.ts';

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
    const [tls, another] = [await makeKey('127.0.0.1'), await makeKey('127.0.0.9')];
    await using implicit = await startSmtp({ tls });
    await using behind = await startSmtp({ tls, greets: false });
    await using explicit = await offerStartTls(behind.port);
    // Trusted like the others, for another address.
    await using stranger = await startSmtp({ tls: another });
    const urls = [implicit.url, explicit.url, stranger.url];
    const received = () => [implicit.received(), behind.received(), stranger.received()];
    const later = { kind: 'later', error: 'ESOCKET' };

    expect(await send(urls, {})).toEqual([later, later, later]);
    expect(received()).toEqual([0, 0, 0]);

    const trusted = join(directory, 'trusted.pem');
    await Bun.write(trusted, `${tls.cert}${another.cert}`);
    const taken = { kind: 'taken', providerId: expect.any(String) };
    expect(await send(urls, { NODE_EXTRA_CA_CERTS: trusted })).toEqual([taken, taken, later]);
    expect(received()).toEqual([1, 1, 0]);
    const told = explicit.told();
    expect(told.filter((word) => word === 'STARTTLS')).toHaveLength(2);
    expect(new Set(told)).toEqual(new Set(['EHLO', 'STARTTLS']));
  },
  60_000,
);

/** A key, and a certificate for the address that it signs itself. */
async function makeKey(address: string): Promise<TlsKey> {
  const { key, certificate } = await makeCertificate(directory, address);
  return { key: await Bun.file(key).text(), cert: await Bun.file(certificate).text() };
}

async function send(servers: readonly string[], env: Readonly<Record<string, string>>): Promise<unknown> {
  const program = join(import.meta.dir, 'send-mail.ts');
  return JSON.parse(await outputOf([process.execPath, program, subject.url, ...servers], { env }));
}
