import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { closeCodes } from '../../../src/protocol/wire/close-codes.ts';
import { errorCodes } from '../../../src/protocol/wire/codes.ts';
import { buildJavaClient } from '../../support/java/java-client.ts';
import { needs } from '../../support/processes/components.ts';

setDefaultTimeout(180_000);
const testJava = needs('java');
const source = join(import.meta.dir, '../../../clients/java');
const sentences = join(source, 'src/main/java/ph/tambuli/internal/core/Sentences.java');

/** A kilobyte more is a decision. */
const maxBytes = 94_000;

/** The constants that the classes of the jar refer to. */
async function constants(): Promise<string> {
  const classes = join(await buildJavaClient(), 'main');
  const names = [...new Bun.Glob('**/*.class').scanSync({ cwd: classes, absolute: true })];
  return await Bun.$`javap -v -p ${names}`.quiet().text();
}

testJava(
  'the jar is small, is Java 8, and refers to OkHttp by known members and to nothing but the JDK beside',
  async () => {
    const { size } = Bun.file(join(await buildJavaClient(), 'tambuli.jar'));
    expect(size).toBeLessThan(maxBytes);
    const listing = await constants();
    const versions = new Set([...listing.matchAll(/major version: (\d+)/g)].map(([, version]) => version));
    expect([...versions]).toEqual(['52']);
    const members = [
      ...listing.matchAll(/(?:Methodref|InterfaceMethodref|Fieldref) +#[\d.#]+ +\/\/ ((?:okhttp3|okio)\S*)/g),
    ].map(([, member = '']) => member);
    const known = (await Bun.file(join(source, 'okhttp-members.txt')).text()).trim().split('\n');
    expect([...new Set(members)].sort()).toEqual(known.sort());
    const owners = [...listing.matchAll(/= Class +#\d+ +\/\/ "?\[*L?([\w/$]+)/g)].map(
      ([, owner = '']) => owner,
    );
    const foreign = owners.filter((owner) => !/^(ph\/tambuli|java\/|okhttp3\/)|^[A-Z]$/.test(owner));
    expect([...new Set(foreign)]).toEqual([]);
    const reflective = owners.filter((owner) => owner.startsWith('java/lang/reflect'));
    expect(reflective).toEqual([]);
    expect(listing).not.toContain('java/lang/Class.forName');
  },
);

test('the codes that pass by themselves, and the names of the close codes, are those of the server', async () => {
  const text = await Bun.file(sentences).text();
  const wordsOf = (name: string) => {
    const [, body = ''] = new RegExp(`${name} =\\s+words\\(([^;]*)\\);`).exec(text) ?? [];
    return [...body.matchAll(/"([^"]*)"/g)].flatMap(([, words = '']) => words.trim().split(' '));
  };
  const transient = Object.entries(errorCodes).filter(([, { retry }]) => retry);
  const own = ['network', 'offline', 'no_answer'];
  expect(wordsOf('TRANSIENT').sort()).toEqual([...transient.map(([code]) => code), ...own].sort());
  const aboutToken = Object.entries(errorCodes).filter(
    ([code, { status, retry }]) => status === 401 && !retry && code !== 'auth_timeout',
  );
  expect(wordsOf('ABOUT_TOKEN').sort()).toEqual(aboutToken.map(([code]) => code).sort());
  const names = (first: number, list: string) =>
    list.split(' ').flatMap((name, n) => (name === '-' ? [] : [[name, first + n]]));
  const [, back = '', away = ''] = /back =\s+"([^"]*)"[\s\S]*away =\s+"([^"]*)"/.exec(text) ?? [];
  expect(Object.fromEntries([...names(4001, back), ...names(4501, away)])).toEqual(
    Object.fromEntries(Object.entries(closeCodes).map(([name, { code }]) => [name, code])),
  );
});
