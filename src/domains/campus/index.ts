import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import { formatPosition } from '../../protocol/position.ts';
import { Problem } from '../../protocol/problem.ts';
import type { SocketAddress } from '../../realtime/addresses.ts';
import type { DomainDeps } from '../domain.ts';
import { campusChannels, campusRooms, heatmapChannel } from './channels.ts';
import { defaultResolution, toGeoJson } from './heatmap.ts';
import { heatmapView } from './heatmap-feed.ts';
import { heatmapFilterOf, readHeatmap } from './heatmap-service.ts';
import { issueView } from './issue-feed.ts';
import { filterOf } from './issue-list-service.ts';
import { IssueService } from './issue-service.ts';
import * as model from './model.ts';
import { seedCampus } from './seed.ts';

const allow: string[] = [];
const readingOne = { 401: Problem, 404: Problem, 422: Problem, 503: Problem };
const reading = { ...readingOne, 403: Problem };
const writing = { ...readingOne, 400: Problem, 413: Problem };
const changing = { ...writing, 409: Problem };
const tags = ['campus'];

/** The team's clients name the server alone. */
const bareAddress: SocketAddress = { path: '/', encode: ({ text }) => text };

/** Issues of organisations, their campuses and buildings, as lists and as a heatmap. */
export const campus = {
  name: 'campus',
  channels: campusChannels,
  socketIo: { rooms: campusRooms },
  sockets: [bareAddress],
  seed: seedCampus,
  routes(deps: DomainDeps) {
    return new Elysia({ name: 'domain-campus' })
      .use(issueRoutes(deps))
      .use(heatmapRoutes(deps))
      .use(streamRoutes(deps));
  },
};

function issueRoutes({ auth, database, log, manager }: DomainDeps) {
  const service = new IssueService(database, log, manager);
  const answer = async (data: ReturnType<IssueService['create']>) =>
    ({ success: true, data: await data }) as const;
  const params = Type.Object({ id: model.Id });
  const response = { 200: model.IssueAnswer, ...changing };
  return new Elysia({ name: 'campus-issues', prefix: '/api/issues', tags })
    .use(auth)
    .get('', ({ query, principal }) => service.list(query, principal), {
      allow,
      query: model.IssueQuery,
      response: { 200: model.IssueList, ...reading },
      detail: { summary: 'Issues of an organisation, and the position to subscribe from' },
    })
    .post('', ({ body, principal }) => answer(service.create(body, principal)), {
      allow,
      body: model.NewIssue,
      response: { 200: model.IssueAnswer, ...writing },
      detail: { summary: 'Stores an issue and publishes `issue:created`' },
    })
    .get('/:id', ({ params, principal }) => service.read(params.id, principal), {
      allow,
      params,
      response: { 200: model.IssueScreen, ...readingOne },
      detail: { summary: 'One issue' },
    })
    .patch('/:id', ({ params, body, principal }) => answer(service.update(params.id, body, principal)), {
      allow,
      params,
      body: model.IssueChange,
      response,
      detail: { summary: 'Changes or moves an issue and publishes `issue:updated`' },
    })
    .post(
      '/:id/resolve',
      ({ params, body, principal }) => answer(service.resolve(params.id, body, principal)),
      {
        allow,
        params,
        body: model.Resolution,
        response,
        detail: { summary: 'Resolves an issue and publishes `issue:resolved`' },
      },
    )
    .post(
      '/:id/assign',
      ({ params, body, principal }) => answer(service.assign(params.id, body, principal)),
      {
        allow,
        params,
        body: model.Assignment,
        response,
        detail: { summary: 'Says who sees to an issue and publishes `issue:assigned`' },
      },
    )
    .delete(
      '/:id',
      async ({ params, principal }) => {
        const { id } = await service.delete(params.id, principal);
        return { success: true as const, id };
      },
      {
        allow,
        params,
        response: { 200: model.IssueDeleted, ...readingOne },
        detail: { summary: 'Removes an issue and publishes `issue:deleted`' },
      },
    );
}

/** What a route that describes its responses itself can answer, beside what all routes can. */
const unknownOrganization = { 404: { description: 'There is no such organisation' } };

const resolution = t.Numeric({
  multipleOf: 1,
  minimum: 0,
  maximum: 15,
  default: defaultResolution,
  description: 'of H3: 10 is 130 m across, each step √7 finer',
});

function heatmapRoutes(deps: DomainDeps) {
  return new Elysia({ name: 'campus-heatmap', tags }).use(deps.auth).get(
    '/api/heatmap',
    async ({ query, principal, set }) => {
      await deps.manager.namespaces.readable(heatmapChannel(query.organizationId), principal);
      const { heatmap, position } = await readHeatmap(deps, heatmapFilterOf(query));
      if (query.format !== 'geojson') return { data: heatmap, position: formatPosition(position) };
      set.headers['content-type'] = 'application/geo+json';
      return toGeoJson(heatmap);
    },
    {
      allow,
      query: Type.Object({
        ...model.HeatmapQuery.properties,
        resolution,
        format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('geojson')])),
      }),
      detail: {
        summary: 'Unresolved issues, weighted by severity and age, in hexagons',
        responses: {
          200: {
            description:
              'The hexagons that hold any, as points with their weight, or by `format` as polygons',
            content: {
              'application/json': { schema: model.HeatmapAnswer as object },
              'application/geo+json': { schema: model.GeoJson as object },
            },
          },
          ...unknownOrganization,
        },
      },
    },
  );
}

function streamRoutes(deps: DomainDeps) {
  const { auth, streams } = deps;
  return new Elysia({ name: 'campus-streams', prefix: '/api/realtime', tags })
    .use(auth)
    .get('/issues/stream', (call) => streams.open(call, issueView(deps, filterOf(call.query))), {
      allow,
      query: model.IssueQuery,
      headers: model.StreamHeaders,
      detail: streamDetail('Issues that match a filter, and what happens to them'),
    })
    .get(
      '/heatmap/stream',
      (call) => {
        const { updateInterval, ...query } = call.query;
        return streams.open(call, heatmapView(deps, heatmapFilterOf(query), updateInterval));
      },
      {
        allow,
        query: Type.Object({
          ...model.HeatmapQuery.properties,
          resolution,
          updateInterval: t.Numeric({
            minimum: 5_000,
            maximum: 3_600_000,
            default: 30_000,
            description: 'milliseconds between two updates, at least',
          }),
        }),
        headers: model.StreamHeaders,
        detail: streamDetail('The heatmap, again whenever it has changed'),
      },
    );
}

const streamDetail = (summary: string) => ({
  summary,
  description:
    'Events without a name, whose data is `{type, data, timestamp}`. `Last-Event-ID` resumes; where that is not possible any more, the stream begins with `initial` again.',
  responses: {
    200: {
      description: 'Server-sent events; those named `end` and `problem` are as in /api/realtime/stream.',
      content: { 'text/event-stream': { schema: { type: 'string' as const } } },
    },
    ...unknownOrganization,
  },
});
