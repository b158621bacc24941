import { expect } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../support/network/redis.ts';
import { needs } from '../support/processes/components.ts';

const test = needs('redis');

test('rediss:// is TLS: a trusted server is used, one that nobody vouches for is refused', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tambuli-tls-'));
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  try {
    const made = Bun.spawnSync(
      ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1']
        .concat('-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1')
        .concat('-keyout', key, '-out', certificate),
    );
    expect(made.exitCode).toBe(0);
    await using redis = await startRedis({ key, certificate });
    expect(await connect(redis.url, { NODE_EXTRA_CA_CERTS: certificate })).toBe('connected');
    expect(await connect(redis.url, {})).toContain('certificate');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

/** Trust is read when a process starts, so each attempt is one. */
async function connect(url: string, env: Record<string, string>): Promise<string> {
  const program = join(import.meta.dir, '../support/processes/broker-process.ts');
  const child = Bun.spawn([process.execPath, program, 'redis', url], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stderr: 'inherit',
  });
  return (await new Response(child.stdout).text()).trim();
}
