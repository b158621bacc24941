import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fencesOf, namedFences, pageAt, root } from '../../docs/pages.ts';
import { javaClasspath, quickStart } from '../../support/java/java-client.ts';
import { component, needs } from '../../support/processes/components.ts';
import { roomDomain } from '../../support/services/room-domain.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

setDefaultTimeout(180_000);
const testJava = needs('java');

/** The Java of the page, by the name or path in the comment that begins each block. */
const page = pageAt('docs/clients/android.md');
const blocks = namedFences(page, 'java');

test('every block of Java has a name of its own', () => {
  expect(blocks.size).toBe(fencesOf(page).filter(({ language }) => language === 'java').length);
});

test('what the page quotes of a file stands there to the letter', async () => {
  const quoted = [...blocks].filter(([name]) => name.includes('/'));
  expect(quoted.length).toBeGreaterThan(0);
  for (const [path, code] of quoted) expect(await Bun.file(join(root, path)).text()).toContain(code);
});

let service: TestService;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tambuli-page-'));
  if (!component('java').installed) return;
  const files: string[] = [];
  for (const [name, code] of blocks) {
    if (name.includes('/')) continue;
    files.push(join(folder, name));
    await Bun.write(join(folder, name), code);
  }
  const [started, compiled] = await Promise.all([
    startTestService({ extraDomains: [roomDomain] }),
    Bun.$`javac --release 8 -Xlint:-options -cp ${await javaClasspath()} -d ${folder} ${files}`
      .quiet()
      .nothrow(),
  ]);
  service = started;
  expect(compiled.stderr.toString()).toBe('');
}, 180_000);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function run(program: string) {
  const classpath = `${folder}:${await javaClasspath()}`;
  const command = [
    'java',
    ...quickStart,
    '-cp',
    classpath,
    program,
    service.url,
    join(folder, `${program}.db`),
  ];
  return Bun.spawn(command, { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' });
}

testJava('the first program of the page fills its table and prints what changes', async () => {
  const child = await run('Officer');
  const decoder = new TextDecoder();
  let printed = '';
  for await (const chunk of child.stdout) {
    const isEmpty = !printed.includes('filled');
    printed += decoder.decode(chunk, { stream: true });
    if (isEmpty && printed.includes('filled')) {
      await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
    }
    if (printed.includes('updated {"id":123')) await child.stdin.end();
  }
  expect(printed).toContain('connected by websocket');
  expect(printed).toContain('updated {"id":123');
  expect(await child.exited).toBe(0);
});

testJava('the program that publishes shows its own row until the echo is in', async () => {
  const child = await run('Notes');
  expect(await new Response(child.stdout).text()).toEndWith('mine: 0\n');
  expect(await child.exited).toBe(0);
});
