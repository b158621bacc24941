import { openapi } from '@elysiajs/openapi';
import { Elysia } from 'elysia';
import { Problem } from '../../protocol/schemas/problem.ts';
import { errorCodes } from '../../protocol/wire/codes.ts';
import { type AskedAt, askedAt } from '../http/address.ts';

/** The title and description that this document and AsyncAPI's share. */
export const apiInfo = {
  title: 'Tambuli',
  version: '0.1.0',
  description: 'Realtime backend for applications whose truth lives in Postgres.',
};

/** Failures of a route that describes its responses in `detail`; those of `complete` need no mention. */
export function failures(...statuses: readonly number[]): Record<string, Reference> {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${status}` as const }]),
  );
}

/** A route as Elysia lists it, with the schema of its body. */
export interface DescribedRoute {
  readonly method: string;
  readonly path: string;
  readonly hooks: { readonly body?: unknown };
}

/** `/openapi/json`, for programs. */
export function openApi(routes: () => readonly DescribedRoute[]) {
  return new Elysia({ name: 'gateway-openapi' })
    .onAfterHandle(({ path, request, responseValue }) =>
      path === documentPath
        ? complete(responseValue as Document, askedAt(request), bodiesOf(routes()))
        : undefined,
    )
    .use(openapi({ provider: null, specPath: documentPath, documentation, exclude: { staticFile: false } }));
}

export const documentPath = '/openapi/json';

const documentation = {
  info: apiInfo,
  components: {
    securitySchemes: {
      token: { type: 'http' as const, scheme: 'bearer', bearerFormat: 'JWT' },
      tokenInAddress: {
        type: 'apiKey' as const,
        in: 'query',
        name: 'token',
        description: 'The same token, for those who cannot set headers, as EventSource.',
      },
      serviceKey: { type: 'apiKey' as const, in: 'header', name: 'x-api-key' },
    },
  },
  security: [{ token: [] }, { tokenInAddress: [] }, { serviceKey: [] }],
};

interface Reference {
  $ref: `#/components/responses/${number}`;
}

interface Parameter {
  readonly name: string;
  readonly required: boolean;
  readonly schema: ParameterSchema;
}

interface ParameterSchema {
  readonly type?: string;
  readonly format?: string;
  readonly multipleOf?: number;
  readonly default?: unknown;
  readonly anyOf?: readonly ParameterSchema[];
}

interface Operation {
  readonly security?: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: object;
  /** The plugin takes every body for required. */
  readonly 'x-optional-body'?: true;
  readonly responses?: Readonly<Record<string, object>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

/** Adds to the document: problems have a media type of their own, and some problems can come from any route. */
function complete(document: Document, { host, secure }: AskedAt, bodies: Bodies): object {
  const statuses = new Set(Object.values(errorCodes).map(({ status }) => status));
  return {
    ...document,
    servers: [{ url: `${secure ? 'https' : 'http'}://${host}` }],
    paths: mapValues(document.paths, (path, name) =>
      mapValues(path, (operation, method) =>
        completeOperation(operation, method !== 'get', bodies.get(`${method} ${name}`)),
      ),
    ),
    components: {
      ...document.components,
      schemas: { Problem },
      responses: Object.fromEntries([...statuses].map((status) => [status, problemResponse(status)])),
    },
  };
}

/** By method and path as the document writes them. */
type Bodies = ReadonlyMap<string, unknown>;

const bodiesOf = (routes: readonly DescribedRoute[]): Bodies =>
  new Map(
    routes.map(({ method, path, hooks }) => [
      `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`,
      hooks.body,
    ]),
  );

function completeOperation(operation: Operation, isWriting: boolean, body: unknown): object {
  const { 'x-optional-body': optional = false, ...shown } = operation;
  const { security, parameters, requestBody, responses = {} } = shown;
  const declared = Object.keys(responses).map(Number);
  const failed = new Set([
    ...declared.filter((status) => status >= 400),
    ...(security?.length === 0 ? [] : [401, 403, 429]),
    ...(parameters ? [422] : []),
    // Also where there is no body to be sent: one that is sent is looked at.
    ...(isWriting ? [400, 413, 415, 422] : []),
    ...[500, 503],
  ]);
  return {
    ...shown,
    ...(parameters && { parameters: parameters.map(completeParameter) }),
    // The plugin describes no body that a parser of ours reads.
    ...(requestBody && {
      requestBody: { ...requestBody, required: !optional, content: { [json]: { schema: body } } },
    }),
    responses: {
      ...responses,
      ...(isPaged(operation) && responses[200] && { 200: withLinks(responses[200]) }),
      ...failures(...failed),
    },
  };
}

/** See `listLinks`. */
const isPaged = ({ parameters = [] }: Operation) => parameters.some(({ name }) => name === 'cursor');

function withLinks(response: object): object {
  const link = {
    description: 'The first page, and the next one where there is one.',
    schema: { type: 'string' },
  };
  return { ...response, headers: { ...('headers' in response && Object(response.headers)), link } };
}

/**
 * A number or truth value in an address is one to its author, and may be left out where it has a default, which is of
 * its type. A time is one, whatever its format is called here.
 */
function completeParameter(parameter: Parameter): object {
  const { schema, required } = parameter;
  const value = schema.anyOf?.find(({ type }) => type !== undefined && type !== 'string') ?? schema;
  const { default: fallback, format, multipleOf, ...shown } = value;
  return {
    ...parameter,
    required: required && !('default' in schema),
    schema: {
      ...shown,
      ...(multipleOf !== undefined && (multipleOf === 1 ? { type: 'integer' } : { multipleOf })),
      ...(format !== undefined && { format: format === 'instant-parameter' ? 'date-time' : format }),
      ...(fallback !== undefined && { default: defaultOf(value) }),
    },
  };
}

/** Elysia writes some defaults as the text that an address would have. */
function defaultOf({ type, default: fallback }: ParameterSchema): unknown {
  if (typeof fallback !== 'string' || type === 'string' || type === undefined) return fallback;
  return JSON.parse(fallback);
}

function problemResponse(status: number): object {
  const codes = Object.entries(errorCodes).filter(([, info]) => info.status === status);
  const header = (description: string, type: string) => ({ description, schema: { type } });
  return {
    description: codes.map(([code, { meaning }]) => `\`${code}\`: ${meaning}.`).join('\n\n'),
    headers: {
      'x-request-id': header('The id this failure is logged under.', 'string'),
      ...(status === 401 && { 'www-authenticate': header('Always `Bearer`.', 'string') }),
      ...(codes.some(([, { retry }]) => retry) && {
        'retry-after': header('Seconds until it is worth to try again, where that is known.', 'integer'),
      }),
    },
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

const json = 'application/json';

function mapValues<In, Out>(record: Readonly<Record<string, In>>, map: (value: In, key: string) => Out) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
