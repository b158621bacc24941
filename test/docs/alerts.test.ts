import { expect, test } from 'bun:test';
import { closeCodes, errorCodes } from '../../src/protocol/wire/codes.ts';
import { fencesOf, pageAt } from './pages.ts';
import { metricNames } from './tables.ts';

/** Holds the rules of docs/run/alerts.md against the metrics that a process exposes. */

interface Rules {
  readonly groups?: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: object;
    }[];
  }[];
}

const documents = fencesOf(pageAt('docs/run/alerts.md'))
  .filter(({ language }) => language === 'yaml')
  .map(({ code }) => Bun.YAML.parse(code) as Rules);
const rules = documents.flatMap(({ groups = [] }) => groups.flatMap((group) => group.rules));

/** Every label that an expression compares, with the values that it may have. */
const labels: Readonly<Record<string, readonly string[]>> = {
  job: ['tambuli'],
  outcome: ['lost', 'recovered'],
  reason: Object.keys(closeCodes),
  code: Object.keys(errorCodes),
};

test('each rule has a name of its own, an expression and a summary', () => {
  expect(rules.length).toBeGreaterThan(8);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { annotations } of rules) expect(annotations).toEqual({ summary: expect.any(String) });
});

test('the rules name metrics that a process exposes', () => {
  const named = rules.flatMap(({ expr }) => [...expr.matchAll(/\btambuli_\w+/g)].map(([name]) => name));
  const known = new Set(
    metricNames.flatMap((name) => [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]),
  );
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test('the rules compare labels with values that occur', () => {
  const compared = rules.flatMap(({ expr }) =>
    [...expr.matchAll(/(\w+)=~?"([^"]+)"/g)].flatMap(([, label = '', values = '']) =>
      values.split('|').map((value) => [label, value] as const),
    ),
  );
  expect(compared.length).toBeGreaterThan(5);
  expect(compared.filter(([label, value]) => !labels[label]?.includes(value))).toEqual([]);
});
