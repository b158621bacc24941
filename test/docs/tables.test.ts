import { describe, expect, test } from 'bun:test';
import type { TObject } from '@sinclair/typebox';
import { variableNames } from '../../src/config/variables.ts';
import { shippedDomains } from '../../src/domains.ts';
import { clientFrames, maxSyncLimit } from '../../src/protocol/frames/client-frames.ts';
import { serverFrames } from '../../src/protocol/frames/server-frames.ts';
import { maxMissed } from '../../src/realtime/subscriptions/joining.ts';
import { declaredChannels } from './area-tables.ts';
import { pageAt, pages } from './pages.ts';
import { sectionOf, tables } from './tables.ts';

describe('the generated parts', () => {
  for (const [name, render] of Object.entries(tables)) {
    // After a change of the code: bun run readme
    test(`${name} stands in one page, as the code has it`, () => {
      const sections = pages.map((page) => sectionOf(page, name)).filter((section) => section !== undefined);
      expect(sections).toEqual([render()]);
    });
  }

  test('every environment variable is documented', () => {
    const table = sectionOf(pageAt('docs/reference/configuration.md'), 'config') ?? '';
    expect(variableNames.filter((name) => !table.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe('the page of an area', () => {
  for (const domain of shippedDomains) {
    test(`has a row for every channel of the ${domain.name}`, () => {
      const { text } = pageAt(`src/domains/${domain.name}/README.md`);
      const [table = ''] = /^\| channel \|[\s\S]*?\n\n/m.exec(text) ?? [];
      const rows = table.split('\n').map((row) => row.split('|')[1] ?? '');
      const documented = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
      expect(documented.toSorted()).toEqual(declaredChannels(domain).toSorted());
    });
  }
});

describe('the page of the wire', () => {
  const { text: wire } = pageAt('docs/reference/wire.md');

  test('has a row for every frame, with exactly its fields', () => {
    for (const [frames, head] of [
      [clientFrames, '| client sends |'],
      [serverFrames, '| server sends |'],
    ] as const) {
      const documented = Object.keys(frames).map((type) => [type, documentedFields(type, head)]);
      const real = Object.entries(frames).map(([type, schema]) => [type, fieldsOf(schema)]);
      expect(documented).toEqual(real);
    }
  });

  /** The fields in the row of a frame, in the order of their names, optional ones with their `?`. */
  function documentedFields(type: string, head: string): string[] | undefined {
    const start = wire.indexOf(head);
    const table = wire.slice(start, wire.indexOf('\n\n', start));
    const row = table.split('\n').find((line) => line.startsWith(`| \`${type}\` |`));
    if (row === undefined) return undefined;
    return [...(row.split('|')[2]?.match(/(?<=`)\w+\??(?=`)/g) ?? [])].sort();
  }

  function fieldsOf({ properties, required = [] }: TObject): string[] {
    const names = Object.keys(properties).filter((name) => name !== 'type' && name !== 'id');
    return names.map((name) => (required.includes(name) ? name : `${name}?`)).sort();
  }
});

test('the fixed limits are the code’s', () => {
  expect(pageAt('docs/reference/wire.md').text).toContain(`at most ${maxSyncLimit}`);
  const { text: configuration } = pageAt('docs/reference/configuration.md');
  expect(configuration).toContain(`${maxMissed.toLocaleString('en')} publications`);
});
