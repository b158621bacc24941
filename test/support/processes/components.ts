import { test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The components that tests use and `bun install` cannot bring. */
export type ComponentName = keyof typeof COMPONENTS;

export interface Component {
  readonly installed: boolean;
  /** The command that brings it, on Debian and Ubuntu. */
  readonly install: string;
}

/** `test` as far as a test with a component needs it. */
export type RegisterTest = (name: string, run: () => Promise<void>, timeoutMs?: number) => void;

/** The jars that `OKHTTP_CLASSPATH` names, to test with another OkHttp than Debian's. */
export const OKHTTP_CLASSPATH =
  process.env['OKHTTP_CLASSPATH']?.split(':') ??
  ['okhttp', 'okio', 'gson'].map((name) => `/usr/share/java/${name}.jar`);

/** The libraries that the tests of the Java client use beside OkHttp. */
export const JAVA_JARS = {
  sqlite: '/usr/share/java/sqlite-jdbc.jar',
  junit: '/usr/share/java/junit-platform-console-standalone.jar',
};

/** The directory in which a whole Postgres of the system keeps its programs. pg_dump refuses a server newer than itself. */
export const POSTGRES_BIN = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']
  .filter((parent) => existsSync(parent))
  .flatMap((parent) => readdirSync(parent).map((name) => join(parent, name, 'bin')))
  .find((bin) => ['initdb', 'postgres', 'pg_dump'].every((name) => existsSync(join(bin, name))));

/** Debian keeps it outside of the search path of users. */
export const PGBOUNCER =
  [Bun.which('pgbouncer'), '/usr/sbin/pgbouncer'].find((path) => path !== null && existsSync(path)) ??
  undefined;

const COMPONENTS = {
  node: {
    isInstalled: () => Bun.which('node') !== null,
    install: 'apt-get install -y --no-install-recommends nodejs',
  },
  postgres: {
    isInstalled: () => POSTGRES_BIN !== undefined,
    install: 'apt-get install -y --no-install-recommends postgresql',
  },
  redis: {
    isInstalled: () => ['redis-server', 'openssl'].every((program) => Bun.which(program)),
    install: 'apt-get install -y --no-install-recommends redis-server openssl',
  },
  openssl: {
    isInstalled: () => Bun.which('openssl') !== null,
    install: 'apt-get install -y --no-install-recommends openssl',
  },
  pgbouncer: {
    isInstalled: () => PGBOUNCER !== undefined,
    install: 'apt-get install -y --no-install-recommends pgbouncer',
  },
  okhttp: {
    isInstalled: () =>
      ['java', 'javac'].every((program) => Bun.which(program)) &&
      OKHTTP_CLASSPATH.every((jar) => existsSync(jar)),
    install:
      'apt-get install -y --no-install-recommends default-jdk-headless libokhttp-java libgoogle-gson-java',
  },
  nginx: {
    isInstalled: () =>
      Bun.which('openssl') !== null && (Bun.which('nginx') !== null || existsSync('/usr/sbin/nginx')),
    install: 'apt-get install -y --no-install-recommends nginx openssl',
  },
  caddy: {
    isInstalled: () => Bun.which('caddy') !== null,
    install: 'apt-get install -y --no-install-recommends caddy',
  },
  java: {
    isInstalled: () =>
      ['java', 'javac'].every((program) => Bun.which(program)) &&
      [...OKHTTP_CLASSPATH, ...Object.values(JAVA_JARS)].every((jar) => existsSync(jar)),
    install:
      'apt-get install -y --no-install-recommends default-jdk-headless libokhttp-java libgoogle-gson-java libxerial-sqlite-jdbc-java junit5',
  },
  spin: {
    isInstalled: () => ['spin', 'gcc'].every((program) => Bun.which(program)),
    install: 'apt-get install -y --no-install-recommends spin gcc libc6-dev',
  },
  chromium: {
    isInstalled: () => Bun.which('chromium') !== null,
    install: 'apt-get install -y --no-install-recommends chromium',
  },
  // The test that uses it fetches it: 340 MB that no other work on this repository needs.
  next: {
    isInstalled: () => [process.env['CI'], process.env['TEST_NEXT']].includes('true'),
    install: 'TEST_NEXT=true bun test test/examples/next.test.ts',
  },
};

export function component(name: ComponentName): Component {
  const { isInstalled, install } = COMPONENTS[name];
  return { installed: isInstalled(), install };
}

/**
 * `const testOkHttp = needs('okhttp')` is `test` where the component is installed. Where it is not, the tests fail in CI,
 * and are skipped elsewhere with the command that installs it on stderr.
 */
export function needs(name: ComponentName): RegisterTest {
  const { installed, install } = component(name);
  const inCi = process.env['CI'] === 'true';
  if (!installed && !inCi) announce(`skipping the tests that need ${name}; to run them: ${install}\n`);
  return choose(name, installed, install, inCi);
}

/** {@link needs} with what it finds out given. */
export function choose(name: string, installed: boolean, install: string, inCi: boolean): RegisterTest {
  if (installed) return test;
  if (!inCi) return test.skip;
  return (title) =>
    test(title, () => {
      throw new Error(`${name} is not installed: ${install}`);
    });
}

const announced = new Set<string>();

function announce(text: string): void {
  if (announced.has(text)) return;
  announced.add(text);
  process.stderr.write(text);
}
