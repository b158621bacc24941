import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Client, CoreClient } from '../../../clients/web/src/index.ts';
import { type Examples, writeExamples } from '../../docs/examples.ts';
import { pageAt } from '../../docs/pages.ts';
import { startTcpRelay } from '../../support/network/tcp-relay.ts';
import { openDomain } from '../../support/services/open-domain.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { until } from '../../support/until.ts';

const page = 'docs/clients/javascript.md';
let examples: Examples;
let service: TestService;
beforeAll(async () => {
  examples = await writeExamples([pageAt(page)]);
  service = await startTestService({ extraDomains: [openDomain] });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await examples[Symbol.asyncDispose]();
});

test('five lines follow a channel through a cut', async () => {
  const { follow } = (await import(examples.fileOf(page, 'follow.ts'))) as {
    follow(url: string, show: (eventType: string | undefined, data: unknown) => void): Client;
  };
  await using relay = await startTcpRelay(service.url);
  const shown: unknown[] = [];
  const client = follow(relay.url, (eventType, data) => shown.push([eventType, data]));
  await until(() => client.channel('hearings').state.status === 'subscribed');
  const publish = (note: number) =>
    service.database.query(`select realtime_publish('hearings', 'hearing_update', 'noted', '${note}')`);
  await publish(1);
  await until(() => shown.length === 1);
  relay.cut();
  await publish(2);
  await until(() => shown.length === 2);
  expect(shown).toEqual([
    ['noted', 1],
    ['noted', 2],
  ]);
  client.close();
});

test('the client over WebSocket alone follows a channel through a cut', async () => {
  const { followLean } = (await import(examples.fileOf(page, 'lean.ts'))) as {
    followLean(url: string, show: (data: unknown) => void): CoreClient;
  };
  await using relay = await startTcpRelay(service.url);
  const shown: unknown[] = [];
  const client = followLean(relay.url, (data) => shown.push(data));
  await until(() => client.channel('hearings').state.status === 'subscribed');
  relay.cut();
  await service.database.query(`select realtime_publish('hearings', 'hearing_update', 'noted', '"lean"')`);
  await until(() => shown.length === 1);
  expect(shown).toEqual(['lean']);
  client.close();
});

test('the present state comes before the changes', async () => {
  const { watchHearings } = (await import(examples.fileOf(page, 'begin-with-state.ts'))) as {
    watchHearings(
      url: string,
      render: (hearings: unknown) => void,
      change: (hearing: unknown) => void,
    ): Client;
  };
  const seen: string[] = [];
  const client = watchHearings(
    service.url,
    () => seen.push('state'),
    () => seen.push('change'),
  );
  await until(() => client.channel('hearings').state.status === 'subscribed');
  await service.database.query(`select realtime_publish('hearings', 'hearing_update', 'updated', '{}')`);
  await until(() => seen.length === 2);
  expect(seen).toEqual(['state', 'change']);
  client.close();
});

test('a publication resolves when the server has it', async () => {
  const { askFor } = (await import(examples.fileOf(page, 'publish.ts'))) as {
    askFor(url: string, text: string, show: (fault: string) => void): Promise<void>;
  };
  const faults: string[] = [];
  await askFor(service.url, 'a form', (fault) => faults.push(fault));
  expect(faults).toEqual([]);
});
