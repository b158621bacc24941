import { afterAll, beforeAll, expect, test } from 'bun:test';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { foreignSchema } from '../../support/postgres/foreign-schema.ts';
import { createEmptyDatabase } from '../../support/postgres/postgres.ts';
import { jwtMode, makeToken, startTestService, type TestService } from '../../support/services/service.ts';
import { joinAs } from '../../support/services/session.ts';

const lists = ['hearings', 'cases', 'persons', 'persons/history'] as const;

interface Page {
  readonly data: readonly { readonly id: number }[];
  readonly position: string;
  readonly nextCursor: string | null;
}

const officer = { 'x-user-id': 'user123', 'x-role': 'officer' };

async function list(service: TestService, name: string, query = ''): Promise<Page> {
  const { status, body } = await service.get(`/api/barangay/${name}?${query}`, officer);
  expect({ name, status }).toEqual({ name, status: 200 });
  return body as Page;
}

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service[Symbol.asyncDispose]());

test('a list has the rows as they are published, and a subscription since its position has the rest', async () => {
  const before = await list(service, 'hearings');
  await using phone = await joinAs(service, { userId: 'user123', role: 'officer' });
  phone.send({ type: 'subscribe', channel: 'hearings', since: before.position });
  expect(await phone.next('subscribed')).toMatchObject({ recovered: true });
  await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'updated' });
  const { data, offset } = await phone.next('hearing_update');
  expect(before.data.find(({ id }) => id === 123)).toEqual(data as { id: number });
  expect((await list(service, 'hearings')).position).toEndWith(`:${offset}`);
});

test('what a trigger published is in the rows and behind the position, or in neither', async () => {
  const { position } = await list(service, 'cases');
  await service.database.query(
    `with changed as (update blotter_reports set priority = 'high' where id = 456 returning *)
     select realtime_publish('cases', 'case_update', 'updated', '{"id": 456}') from changed`,
  );
  const after = await list(service, 'cases');
  expect(after.data).toContainEqual(expect.objectContaining({ id: 456, priority: 'high' }));
  expect(after.position).not.toBe(position);
  await using phone = await joinAs(service, { userId: 'user123', role: 'officer' });
  phone.send({ type: 'subscribe', channel: 'cases', since: after.position });
  expect(await phone.next('subscribed')).toMatchObject({ position: after.position, recovered: true });
});

test('pages go from the largest id to the smallest', async () => {
  await service.database.query(
    `insert into persons (id, person_code, first_name, last_name)
     select 1000 + n, 'P-' || n, 'A', 'B' from generate_series(1, 7) n`,
  );
  const all = (await list(service, 'persons')).data.map(({ id }) => id);
  expect(all).toEqual(all.toSorted((a, b) => b - a));
  const seen: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await list(service, 'persons', `limit=3${cursor && `&cursor=${cursor}`}`);
    seen.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(all);
});

test('tables of an application with other columns are listed as they are', async () => {
  await using database = await createEmptyDatabase();
  await using connection = await openTestDatabase(database.url);
  for (const statement of foreignSchema()) await connection.query(statement);
  await using foreign = await startTestService({ database });
  for (const name of lists) {
    const { data, position } = await list(foreign, name);
    expect({ name, rows: data.length, position }).toEqual({
      name,
      rows: 1,
      position: expect.stringMatching(/^\w+:0$/),
    });
  }
});

test('officials alone read the lists', async () => {
  await using checked = await startTestService({ env: jwtMode });
  for (const name of lists) {
    const statusOf = async (role: string) => {
      const authorization = `Bearer ${await makeToken({ role })}`;
      return (await checked.get(`/api/barangay/${name}`, { authorization })).status;
    };
    const statuses = [await statusOf('officer'), await statusOf('captain'), await statusOf('user')];
    const nobody = (await checked.get(`/api/barangay/${name}`)).status;
    expect({ name, statuses, nobody }).toEqual({ name, statuses: [200, 200, 403], nobody: 401 });
  }
});

test('one who filed cases reads those alone, from the position of their channel on, and one from that of its own', async () => {
  await service.database.query(`insert into blotter_reports (case_number, incident_type, filed_by)
    values ('BLT-OWN', 'Noise', 'resident7'), ('BLT-OTHERS', 'Theft', 'captain1')`);
  const resident = { 'x-user-id': 'resident7', 'x-role': 'user' };
  const { body } = await service.get('/api/barangay/cases/own', resident);
  const { data, position: since } = body as {
    data: readonly { id: number; caseNumber: string }[];
    position: string;
  };
  expect(data.map(({ caseNumber }) => caseNumber)).toEqual(['BLT-2025-0456', 'BLT-OWN']);
  for (const [who, statuses] of [
    [resident, [200, 200, 404]],
    [officer, [200, 200, 200]],
  ] as const) {
    const [, own] = data;
    const ids = [456, own?.id ?? 0, (own?.id ?? 0) + 1];
    const asked = await Promise.all(ids.map((id) => service.get(`/api/barangay/cases/${id}`, who)));
    expect(asked.map(({ status }) => status)).toEqual([...statuses]);
  }
  const { body: one } = await service.get('/api/barangay/cases/456', resident);
  const { position } = one as { position: string };
  await using phone = await joinAs(service, { userId: 'resident7', role: 'user' });
  phone.send({ type: 'subscribe', channel: 'case:456', since: position });
  expect(await phone.next('subscribed')).toMatchObject({ recovered: true });
  await service.post('/ws/broadcast/case', { caseId: 456, eventType: 'updated' });
  expect(await phone.next('case_update')).toMatchObject({ data: { id: 456, filedBy: 'resident7' } });
  phone.send({ type: 'subscribe', channel: 'my_cases', since });
  expect(await phone.next('subscribed')).toMatchObject({ channel: 'my_cases', recovered: true });
  expect(await phone.next('case_update')).toMatchObject({ channel: 'my_cases', data: { id: 456 } });
});
