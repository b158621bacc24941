import { expect, test } from 'bun:test';
import { callerOf, provoked, refusals } from '../../gateways/http/openapi-examples.ts';
import { openApiDocument } from '../../support/openapi-document.ts';
import { jwtMode } from '../../support/service.ts';
import { startCampus } from './support.ts';

type Call = ReturnType<typeof callerOf>;

const service = { service: true } as const;
const issue = '/api/issues/issue123';
const none = '/api/issues/none';
const odd = '/api/issues/%20';
const title = 'x';
const heatmap = '/api/heatmap?organizationId=';

/** For each route, requests that bring about every status it is said to answer, but those that all refuse alike. */
const examples: Readonly<Record<string, readonly ((call: Call) => Promise<Response>)[]>> = {
  'GET /api/issues': ofOrganization('/api/issues?organizationId='),
  'POST /api/issues': [
    (call) => call('/api/issues', { ...service, body: { title, campusId: 'campus123' } }),
    (call) => call('/api/issues', { ...service, body: { title, campusId: 'nowhere' } }),
  ],
  'GET /api/issues/{id}': [issue, none, odd].map((path) => (call) => call(path, service)),
  'PATCH /api/issues/{id}': [
    (call) => call(issue, { ...service, body: { title } }),
    (call) => call(issue, { ...service, body: { title, version: 99 } }),
    (call) => call(none, { ...service, body: { title } }),
  ],
  'POST /api/issues/{id}/assign': [
    (call) => call(`${issue}/assign`, { ...service, body: { assigneeId: 'a' } }),
    (call) => call(`${issue}/assign`, { ...service, body: { assigneeId: null, version: 99 } }),
    (call) => call(`${none}/assign`, { ...service, body: { assigneeId: 'a' } }),
  ],
  'POST /api/issues/{id}/resolve': [issue, issue, none].map(
    (path) => (call) => call(`${path}/resolve`, { ...service, body: { resolution: 'Done.' } }),
  ),
  'DELETE /api/issues/{id}': [issue, issue, odd].map((path) => (call) => call(path, service)),
  'GET /api/heatmap': [
    ...ofOrganization(heatmap),
    (call) => call(`${heatmap}org456&format=geojson`, service),
    (call) => call(`${heatmap}org456&resolution=16`, service),
  ],
  'GET /api/realtime/issues/stream': ofOrganization('/api/realtime/issues/stream?organizationId='),
  'GET /api/realtime/heatmap/stream': ofOrganization('/api/realtime/heatmap/stream?organizationId='),
};

/** What is somebody else's is not there. */
const hides = (route: string) => /^\w+ \/api\/issues\/\{|^POST/.test(route);

test('whatever is answered is what the document says, for every route of the campus and every status it has', async () => {
  await using campus = await startCampus(jwtMode);
  const { operations, faults } = await openApiDocument(campus);
  const own = Object.keys(operations).filter((route) =>
    / \/api\/(issues|heatmap|realtime\/(issues|heatmap))/.test(route),
  );
  expect(Object.keys(examples).sort()).toEqual(own.sort());
  for (const [route, requests] of Object.entries(examples)) {
    const [method = '', path = ''] = route.split(' ');
    const operation = operations[route] ?? { responses: {} };
    expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] });
    const seen = new Set<string>();
    for (const request of [...requests, ...refusals(path, operation)]) {
      const answer = await request(callerOf(campus, method));
      seen.add(String(answer.status));
      expect({ route, faults: await faults(route, answer) }).toEqual({ route, faults: '' });
      if (!answer.bodyUsed) await answer.body?.cancel();
    }
    const possible = Object.keys(operation.responses).filter((status) => status !== '403' || !hides(route));
    expect({ route, seen: provoked(seen) }).toEqual({ route, seen: provoked(possible) });
  }
});

function ofOrganization(path: string) {
  return [
    (call: Call) => call(`${path}org123`, service),
    (call: Call) => call(`${path}org123`),
    (call: Call) => call(`${path}org0`, service),
    (call: Call) => call(path, service),
  ];
}
