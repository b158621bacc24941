import { test } from 'bun:test';
import type { Call, Example } from '../../gateways/documents/openapi-examples.ts';
import { expectDocumented } from '../../support/documents/documented-answers.ts';
import { jwtMode } from '../../support/services/service.ts';
import { startCampus } from './support.ts';

const service = { service: true } as const;
const reporter = { role: 'reporter', tenants: ['org123'] } as const;
const issue = '/api/issues/issue123';
const none = '/api/issues/none';
const odd = '/api/issues/%20';
const title = 'x';
const heatmap = '/api/heatmap?organizationId=';

/** For each route, requests that bring about every status it is said to answer, but those that all refuse alike. */
const examples: Readonly<Record<string, readonly Example[]>> = {
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
    (call) => call(issue, { ...reporter, body: { title } }),
  ],
  'POST /api/issues/{id}/assign': [
    (call) => call(`${issue}/assign`, { ...service, body: { assigneeId: 'a' } }),
    (call) => call(`${issue}/assign`, { ...service, body: { assigneeId: null, version: 99 } }),
    (call) => call(`${none}/assign`, { ...service, body: { assigneeId: 'a' } }),
    (call) => call(`${issue}/assign`, { ...reporter, body: { assigneeId: 'a' } }),
  ],
  'POST /api/issues/{id}/resolve': [
    (call) => call(`${issue}/resolve`, { ...reporter, body: { resolution: 'Done.' } }),
    ...[issue, issue, none].map(
      (path) => (call: Call) => call(`${path}/resolve`, { ...service, body: { resolution: 'Done.' } }),
    ),
  ],
  'DELETE /api/issues/{id}': [
    (call) => call(issue, reporter),
    ...[issue, issue, odd].map((path) => (call: Call) => call(path, service)),
  ],
  'GET /api/places': ofOrganization('/api/places?organizationId='),
  'GET /api/heatmap': [
    ...ofOrganization(heatmap),
    (call) => call(`${heatmap}org456&format=geojson`, service),
    (call) => call(`${heatmap}org456&resolution=16`, service),
  ],
  'GET /api/realtime/issues/stream': ofOrganization('/api/realtime/issues/stream?organizationId='),
  'GET /api/realtime/heatmap/stream': ofOrganization('/api/realtime/heatmap/stream?organizationId='),
};

/** Everybody in an organisation reads its issues and creates some; what is of another is not there. */
const hides = (route: string) => ['GET /api/issues/{id}', 'POST /api/issues'].includes(route);

test('whatever is answered is what the document says, for every route of the campus and every status it has', async () => {
  await using campus = await startCampus(jwtMode);
  await expectDocumented(campus, {
    of: / \/api\/(issues|places|heatmap|realtime\/(issues|heatmap))/,
    examples,
    forbidsNobody: hides,
  });
});

function ofOrganization(path: string) {
  return [
    (call: Call) => call(`${path}org123`, service),
    (call: Call) => call(`${path}org123`),
    (call: Call) => call(`${path}org0`, service),
    (call: Call) => call(path, service),
  ];
}
