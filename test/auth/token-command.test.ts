import { expect, test } from 'bun:test';
import { decodeProtectedHeader } from 'jose';
import { createTokenVerifier } from '../../src/auth/token-verifier.ts';
import { UsageError } from '../../src/commands/command-line.ts';
import { tokenCommand } from '../../src/commands/token.ts';
import { ConfigError, type Env } from '../../src/config/config.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { secret } from './support.ts';

const env = {
  JWT_SECRET: JSON.stringify({ now: secret, before: `${secret}-old` }),
  JWT_ISSUER: 'https://id.example',
  JWT_AUDIENCE: 'tambuli',
};
const verify = createTokenVerifier({
  keys: [{ kid: 'now', secret }],
  issuer: 'https://id.example',
  audience: 'tambuli',
  clock: systemClock,
});

async function makeToken(args: readonly string[], env: Env): Promise<string> {
  let made = '';
  const command = tokenCommand(
    () => env,
    (token) => {
      made = token;
    },
  );
  await command.parseAsync(args, { from: 'user' });
  return made;
}

test('the command makes a token this server accepts, signed with the first key', async () => {
  const args = [
    '--user',
    'user123',
    '--role',
    'officer',
    '--tenant',
    'a',
    '--tenant',
    'b',
    '--expires',
    '2h',
  ];
  const token = await makeToken(args, env);
  const { expiresAt = 0, issuedAt = 0, ...who } = await verify(token);
  expect(who).toEqual({ userId: 'user123', role: 'officer', tenants: ['a', 'b'] });
  expect(Math.abs(expiresAt - Date.now() - 7_200_000)).toBeLessThan(10_000);
  expect(expiresAt - issuedAt).toBe(7_200_000);
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'now' });
});

test('the least it needs is a user', async () => {
  expect(await verify(await makeToken(['--user', 'u'], env))).toMatchObject({
    userId: 'u',
    role: 'user',
    tenants: [],
  });
});

test.each([[[]], [['--user']], [['--user', 'u', '--rule', 'x']], [['--user', 'u', 'v']]])(
  'the command line %p is refused with the usage',
  async (args) => {
    await expect(makeToken(args, env)).rejects.toThrow(UsageError);
    await expect(makeToken(args, env)).rejects.toThrow('Usage:');
  },
);

test('a span that is none is refused', async () => {
  await expect(makeToken(['--user', 'u', '--expires', 'soon'], env)).rejects.toThrow('30m, 1h or 7d');
});

test.each([
  [['--user', ''], '--user has to be a text'],
  [['--user', 'u\0'], '--user has to be a text'],
  [['--user', 'u', '--role', ''], '--role has to be a text'],
  [['--user', 'u', '--tenant', ''], '--tenant has to be a list'],
  [['--user', 'u', '--expires', '0s'], '30m, 1h or 7d'],
  [['--user', 'u', '--expires', '-1h'], '30m, 1h or 7d'],
  [['--user', 'u', '--expires', '99999999999999y'], '30m, 1h or 7d'],
])('a token that the server would refuse is not made: %j', async (args, reason) => {
  const made = makeToken(args, env);
  await expect(made).rejects.toThrow(UsageError);
  await expect(made).rejects.toThrow(reason);
});

test('without a secret it says so', async () => {
  await expect(makeToken(['--user', 'u'], {})).rejects.toThrow(ConfigError);
  await expect(makeToken(['--user', 'u'], {})).rejects.toThrow('JWT_SECRET');
});
