import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import { shippedMigrations } from '../../db/migrate/folders.ts';
import type { SocketAddress } from '../../extension/addresses.ts';
import { type DomainContext, defineDomain } from '../../extension/domain.ts';
import { lastEventIdParameter, StreamHeaders } from '../../protocol/schemas/event-stream.ts';
import { Problem } from '../../protocol/schemas/problem.ts';
import { snapshotAt } from '../../protocol/schemas/written.ts';
import { campusChannels, campusRooms, heatmapChannel, organizationChannel } from './channels.ts';
import { defaultResolution, toGeoJson } from './heatmap/heatmap.ts';
import { heatmapView } from './heatmap/heatmap-feed.ts';
import { heatmapFilterOf, readHeatmap } from './heatmap/heatmap-service.ts';
import { issueView } from './issues/issue-feed.ts';
import { filterOf } from './issues/issue-list-service.ts';
import { issueRoutes } from './issues/issue-routes.ts';
import * as model from './model.ts';
import { campusPersonal } from './personal.ts';
import { listPlaces } from './place-service.ts';
import * as schema from './schema.ts';
import { campusPeople, seedCampus } from './seed.ts';
import { campusTables } from './triggers.ts';

const allow: string[] = [];
const tags = ['campus'];

/** The team's clients name the server alone. */
const bareAddress: SocketAddress = {
  path: '/',
  summary: 'For clients that name the server alone',
  encode: ({ text }) => text,
};

/** Issues of organisations, their campuses and buildings, as lists and as a heatmap. */
export const campus = defineDomain({
  name: 'campus',
  migrations: shippedMigrations('campus'),
  schema,
  channels: campusChannels,
  socketIo: { rooms: campusRooms },
  sockets: [bareAddress],
  personal: campusPersonal,
  tables: campusTables,
  seed: seedCampus,
  people: campusPeople,
  pages: [
    {
      path: '/campus',
      bundle: 'campus/campus',
      title: 'Campus issues',
      titleFil: 'Mga isyu sa kampus',
      roles: ['reporter', 'staff', 'admin'],
    },
  ],
  routes(deps) {
    return new Elysia({ name: 'domain-campus' })
      .use(issueRoutes(deps))
      .use(placeRoutes(deps))
      .use(heatmapRoutes(deps))
      .use(streamRoutes(deps));
  },
});

/** The refusal that the routes which describe their responses themselves can return, beside those of all routes. */
const unknownOrganization = { 404: { description: 'There is no such organisation' } };

const resolution = t.Numeric({
  multipleOf: 1,
  minimum: 0,
  maximum: 15,
  default: defaultResolution,
  description: 'of H3: 10 is 130 m across, each step √7 finer',
});

const format = Type.Optional(
  Type.Union([Type.Literal('json'), Type.Literal('geojson')], {
    description: 'geojson: a FeatureCollection whose `features` are the hexagons',
  }),
);

function placeRoutes({ auth, publisher, manager }: DomainContext) {
  return new Elysia({ name: 'campus-places', tags }).use(auth).get(
    '/api/places',
    async ({ query: { organizationId }, principal }) => {
      await manager.namespaces.readable(organizationChannel(organizationId), principal);
      return { data: await listPlaces(publisher.db, organizationId, principal) };
    },
    {
      allow,
      query: Type.Object({ organizationId: model.Id }),
      response: {
        200: model.PlaceList,
        401: Problem,
        403: Problem,
        404: Problem,
        422: Problem,
        503: Problem,
      },
      detail: { summary: 'Campuses and buildings with their footprints, and the role of the caller' },
    },
  );
}

function heatmapRoutes(deps: DomainContext) {
  return new Elysia({ name: 'campus-heatmap', tags }).use(deps.auth).get(
    '/api/heatmap',
    async ({ query, principal, set }) => {
      await deps.manager.namespaces.readable(heatmapChannel(query.organizationId), principal);
      const { heatmap, position } = await readHeatmap(deps, heatmapFilterOf(query));
      if (query.format !== 'geojson') return { data: heatmap, ...snapshotAt(position) };
      set.headers['content-type'] = 'application/geo+json';
      return toGeoJson(heatmap);
    },
    {
      allow,
      query: Type.Object({
        ...model.HeatmapQuery.properties,
        resolution,
        format,
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

function streamRoutes(deps: DomainContext) {
  const { auth, streams } = deps;
  return new Elysia({ name: 'campus-streams', prefix: '/api/realtime', tags })
    .use(auth)
    .get(
      '/issues/stream',
      (call) => {
        const { lastEventId: _, ...query } = call.query;
        return streams.open(call, issueView(deps, filterOf(query)));
      },
      {
        allow,
        query: Type.Object({ ...model.IssueQuery.properties, ...lastEventIdParameter }),
        headers: StreamHeaders,
        detail: streamDetail('Stream of the issues that match a filter, and of their changes'),
      },
    )
    .get(
      '/heatmap/stream',
      (call) => {
        const { updateInterval: intervalMs, lastEventId: _, format = 'json', ...query } = call.query;
        return streams.open(call, heatmapView(deps, heatmapFilterOf(query), { intervalMs, format }));
      },
      {
        allow,
        query: Type.Object({
          ...model.HeatmapQuery.properties,
          ...lastEventIdParameter,
          resolution,
          format,
          updateInterval: t.Numeric({
            minimum: 5_000,
            maximum: 3_600_000,
            default: 30_000,
            description: 'milliseconds between two updates, at least',
          }),
        }),
        headers: StreamHeaders,
        detail: streamDetail('Stream of the heatmap after every change'),
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
