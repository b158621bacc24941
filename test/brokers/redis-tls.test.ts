import { expect } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificate } from '../support/network/certificate.ts';
import { startRedis } from '../support/network/redis.ts';
import { needs } from '../support/processes/components.ts';
import { outputOf } from '../support/programs/run.ts';

const test = needs('redis');

test('rediss:// is TLS: a trusted server is used, one that nobody vouches for is refused', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-tls-'));
  try {
    const files = await makeCertificate(directory, '127.0.0.1');
    await using redis = await startRedis(files);
    expect(await connect(redis.url, { NODE_EXTRA_CA_CERTS: files.certificate })).toBe('connected');
    expect(await connect(redis.url, {})).toContain('certificate');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

/** Trust is read when a process starts, so each attempt is one. */
async function connect(url: string, env: Record<string, string>): Promise<string> {
  const program = join(import.meta.dir, '../support/processes/broker-process.ts');
  return (await outputOf([process.execPath, program, 'redis', url], { env })).trim();
}
