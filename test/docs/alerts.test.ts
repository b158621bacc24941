import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { closeCodes } from '../../src/protocol/wire/close-codes.ts';
import { errorCodes } from '../../src/protocol/wire/codes.ts';
import { fencesOf, pageAt, root } from './pages.ts';
import { metricNames } from './tables.ts';

/** Holds the rules of docs/run/alerts.md and the panels of docs/run/grafana.json against the metrics that a process exposes. */

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

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const dashboard = (await Bun.file(join(root, 'docs/run/grafana.json')).json()) as Dashboard;
const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
const expressions = [...rules.map(({ expr }) => expr), ...shown];

test('the panels of Grafana have names and numbers of their own, and show what the alerts watch', () => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  const metricsIn = (texts: readonly string[]) =>
    new Set(texts.flatMap((text) => [...text.matchAll(/\btambuli_\w+/g)].map(([name]) => name)));
  const unseen = metricsIn(rules.map(({ expr }) => expr)).difference(metricsIn(shown));
  expect([...unseen]).toEqual(['tambuli_process_open_fds']);
});

test('each rule has a name of its own, an expression and a summary', () => {
  expect(rules.length).toBeGreaterThan(8);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  for (const { annotations } of rules) expect(annotations).toEqual({ summary: expect.any(String) });
});

test('rules and panels name metrics that a process exposes', () => {
  const named = expressions.flatMap((expr) => [...expr.matchAll(/\btambuli_\w+/g)].map(([name]) => name));
  const known = new Set(
    metricNames.flatMap((name) => [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]),
  );
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test('rules and panels compare labels with values that occur', () => {
  const compared = expressions.flatMap((expr) =>
    [...expr.matchAll(/(\w+)=~?"([^"]+)"/g)].flatMap(([, label = '', values = '']) =>
      values.split('|').map((value) => [label, value] as const),
    ),
  );
  expect(compared.length).toBeGreaterThan(5);
  expect(compared.filter(([label, value]) => !labels[label]?.includes(value))).toEqual([]);
});
