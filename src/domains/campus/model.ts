import { type SchemaOptions, type Static, type TUnsafe, Type } from '@sinclair/typebox';
import { Name } from '../../protocol/name.ts';
import { Nullable } from '../../protocol/nullable.ts';
import { described } from '../../protocol/schemas/described.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { listParameter } from '../../protocol/schemas/list-parameter.ts';
import { Integer } from '../../protocol/schemas/number.ts';
import { pageFields } from '../../protocol/schemas/paging.ts';
import { Text, Word } from '../../protocol/schemas/text.ts';
import { writtenFields } from '../../protocol/schemas/written.ts';
import { organizationRoles } from './role-names.ts';

/** The levels of priority and severity, ascending. */
export const levels = ['low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof levels)[number];

/** The heatmap shows every issue that is not resolved. */
export const statuses = ['open', 'in_progress', 'resolved'] as const;
export type Status = (typeof statuses)[number];

const oneOf = <const Word extends string>(words: readonly Word[], options: SchemaOptions = {}) =>
  Type.Union(
    words.map((word) => Type.Literal(word)),
    options,
  ) as unknown as TUnsafe<Word>;
const Time = Instant();
const categoryPattern = '[a-z][a-z0-9_-]{0,49}';
const idPattern = '[A-Za-z0-9_.~-]{1,100}';

export const Id = Word(100, `^${idPattern}$`);
const UserId = Name;
const Level = oneOf(levels);
const Status = oneOf(statuses);
const Category = Word(50, `^${categoryPattern}$`, {
  description: 'plumbing, electrical, safety, …',
});
const Latitude = Type.Number({ minimum: -90, maximum: 90, description: 'degrees, WGS 84' });
const Longitude = Type.Number({ minimum: -180, maximum: 180, description: 'degrees, WGS 84' });
const Location = Type.Object({ lat: Latitude, lng: Longitude });

/** An issue as it is answered and published. */
export const Issue = Type.Object({
  id: Type.String(),
  version: Type.Integer({ description: 'counts the changes, from 1' }),
  organizationId: Type.String(),
  campusId: Type.String(),
  buildingId: Nullable(Type.String()),
  title: Type.String(),
  description: Type.String(),
  category: Type.String(),
  priority: Level,
  severity: Level,
  status: Status,
  location: Location,
  reportedBy: Type.String(),
  assigneeId: Nullable(Type.String()),
  resolution: Nullable(Type.String()),
  resolvedBy: Nullable(Type.String()),
  resolvedAt: Nullable(Time),
  createdAt: Time,
  updatedAt: Time,
});
export type Issue = Static<typeof Issue>;

const fields = {
  title: Text(200),
  description: Text(10_000, { minLength: 0 }),
  category: Category,
  priority: Level,
  severity: Level,
  location: Location,
};
const version = Type.Optional(
  Integer({ minimum: 1, description: 'the version this is based on; 409 when there is a newer one' }),
);

export const NewIssue = Type.Object({
  ...Type.Partial(Type.Object(fields)).properties,
  title: fields.title,
  campusId: Id,
  buildingId: Type.Optional(Id),
  location: Type.Optional(described(Location, 'that of the building or the campus when left out')),
});
export type NewIssue = Static<typeof NewIssue>;

export const IssueChange = Type.Object(
  {
    ...Type.Partial(Type.Object(fields)).properties,
    status: Type.Optional(
      oneOf(['open', 'in_progress'], { description: 'a resolved one is open again, without its resolution' }),
    ),
    campusId: Type.Optional(Id),
    buildingId: Type.Optional(Nullable(Id)),
    version,
  },
  { minProperties: 1 },
);
export type IssueChange = Static<typeof IssueChange>;

export const Resolution = Type.Object({ resolution: Text(10_000), version });
export type Resolution = Static<typeof Resolution>;

export const Assignment = Type.Object({
  assigneeId: described(Nullable(UserId), 'null takes the assignment back'),
  version,
});
export type Assignment = Static<typeof Assignment>;

/** Values of an address, separated by commas. */
const listOf = (pattern: string, description: string) =>
  Type.Optional(listParameter(Word(2_000, `^(?:${pattern})(?:,(?:${pattern}))*$`, { description })));
const commaSeparated = 'separated by commas';

const place = { organizationId: Id, campusId: Type.Optional(Id) };
export const IssueQuery = Type.Object({
  ...place,
  buildingId: Type.Optional(Id),
  buildingIds: listOf(idPattern, `${commaSeparated}; with \`buildingId\`, that one too`),
  priorities: listOf(levels.join('|'), commaSeparated),
  statuses: listOf(statuses.join('|'), commaSeparated),
});
export type IssueQuery = Static<typeof IssueQuery>;

export const HeatmapQuery = Type.Object({
  ...place,
  buildingIds: listOf(idPattern, commaSeparated),
  categories: listOf(categoryPattern, commaSeparated),
});
export type HeatmapQuery = Static<typeof HeatmapQuery>;

const position = Type.String({ description: 'to subscribe from: everything after it is not in `data` yet' });
export const IssueAnswer = Type.Object({ success: Type.Literal(true), data: Issue, ...writtenFields });
export const IssueScreen = Type.Object({ data: Issue, position });
export const IssueDeleted = Type.Object({ success: Type.Literal(true), id: Type.String(), ...writtenFields });
export const IssueList = Type.Object({
  data: Type.Array(Issue, { description: 'those that changed last, first' }),
  position: described(position, `${position.description}; of campus_org:{organizationId}`),
  ...pageFields,
});

const Line = Type.Array(Type.Array(Type.Number()));

/** An area of GeoJSON: longitude before latitude, in degrees. */
export const Geometry = Type.Union([
  Type.Object({ type: Type.Literal('Polygon'), coordinates: Type.Array(Line) }),
  Type.Object({ type: Type.Literal('MultiPolygon'), coordinates: Type.Array(Type.Array(Line)) }),
]);
export type Geometry = Static<typeof Geometry>;

const placeFields = {
  id: Type.String(),
  name: Type.String(),
  location: Location,
  footprint: described(Nullable(Geometry), 'the outline on the map, where the application has filled it'),
};
const Role = oneOf(organizationRoles);

export const PlaceList = Type.Object({
  data: Type.Object({
    id: Type.String(),
    name: Type.String(),
    role: described(Role, 'that of the caller in this organisation'),
    campuses: Type.Array(Type.Object({ ...placeFields, buildings: Type.Array(Type.Object(placeFields)) })),
    members: Type.Array(Type.Object({ userId: Type.String(), role: Role }), {
      description: 'the people with a role here, for those who may assign issues',
    }),
  }),
});
export type PlaceList = Static<typeof PlaceList>;

const HeatmapPoint = Type.Object({
  cell: Type.String({ description: 'index of the H3 hexagon' }),
  lat: Latitude,
  lng: Longitude,
  count: Type.Integer({ minimum: 1, description: 'unresolved issues in it' }),
  weight: Type.Number({ description: 'sum of severity × age, as of generatedAt' }),
  intensity: Type.Number({ minimum: 0, maximum: 1, description: 'weight by that of the heaviest cell' }),
});
export type HeatmapPoint = Static<typeof HeatmapPoint>;

export const Heatmap = Type.Object({
  resolution: Type.Integer({ description: 'of H3' }),
  generatedAt: Time,
  points: Type.Array(HeatmapPoint, { description: 'the heaviest first' }),
});
export type Heatmap = Static<typeof Heatmap>;

export const HeatmapAnswer = Type.Object({
  data: Heatmap,
  position: described(position, `${position.description}; of campus_heatmap:{organizationId}`),
});

export const GeoJson = Type.Object({
  type: Type.Literal('FeatureCollection'),
  resolution: Heatmap.properties.resolution,
  generatedAt: Time,
  features: Type.Array(
    Type.Object({
      type: Type.Literal('Feature'),
      id: Type.String(),
      geometry: Geometry,
      properties: Type.Pick(HeatmapPoint, ['cell', 'count', 'weight', 'intensity']),
    }),
  ),
});
