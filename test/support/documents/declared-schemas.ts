import type { TSchema } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { shippedDomains } from '../../../src/domains.ts';
import { defineDomain } from '../../../src/extension/domain.ts';
import { ConnectPayload } from '../../../src/gateways/socket-io/admission.ts';
import { clientFrames } from '../../../src/protocol/frames/client-frames.ts';
import type { FramePair } from '../../../src/protocol/frames/own-frames.ts';
import { createFileDirectory } from '../files/file-directory.ts';
import { openTestDatabase } from '../postgres/database.ts';
import { createTestDatabase } from '../postgres/postgres.ts';
import { startTestService, type TestService, type TestServiceOptions } from '../services/service.ts';

export interface DeclaredRoute {
  readonly method: string;
  readonly path: string;
  /** The schemas of a route's input. */
  readonly takes: Readonly<Partial<Record<Part, TSchema>>>;
}

export const parts = ['body', 'query', 'params', 'headers'] as const;
export type Part = (typeof parts)[number];

export interface WholeService extends TestService {
  /** The routes of the app with every domain that ships. */
  readonly routes: readonly DeclaredRoute[];
  /** Every frame that a client may send, by type. */
  readonly frames: Readonly<Record<string, TSchema>>;
}

/** Everything that ships, with its demo rows, and what it declares. */
export async function startWholeService(options: TestServiceOptions = {}): Promise<WholeService> {
  await using opened = new AsyncDisposableStack();
  const domains = shippedDomains.map(({ name }) => name);
  const database = opened.use(await createTestDatabase({ domains }));
  await using connection = await openTestDatabase(database.url);
  for (const domain of shippedDomains) await domain.seed?.(connection.db);
  const spy = createSpy();
  const { directory } = opened.use(await createFileDirectory());
  const env = { DOMAINS: domains.join(), FILES_DIRECTORY: directory, ...options.env };
  const service = opened.use(
    await startTestService({
      ...options,
      database,
      env,
      extraDomains: [spy.domain, ...(options.extraDomains ?? [])],
    }),
  );
  const ended = opened.move();
  return {
    ...service,
    routes: spy.routes(),
    frames: spy.frames(),
    [Symbol.asyncDispose]: () => ended.disposeAsync(),
  };
}

/** All that comes from outside, with the place it comes in at: `POST /api/x body`, `frame auth`. */
export function inputsOf({ routes, frames }: WholeService): ReadonlyMap<string, TSchema> {
  const ofRoutes = routes.flatMap(({ method, path, takes }) =>
    parts.flatMap((part): [string, TSchema][] => {
      const schema = takes[part];
      return schema ? [[`${method} ${path} ${part}`, schema]] : [];
    }),
  );
  const ofFrames = Object.entries(frames).map(([type, schema]): [string, TSchema] => [
    `frame ${type}`,
    schema,
  ]);
  return new Map([...ofRoutes, ...ofFrames, ['auth of socket.io', ConnectPayload as TSchema]]);
}

/** A domain that sees the routes and frames of the whole app. */
function createSpy() {
  const app = new Elysia({ name: 'spy' });
  let sent: readonly FramePair[] = [];
  const domain = defineDomain({
    name: 'spy',
    channels: () => [],
    frames(context) {
      sent = shippedDomains.flatMap((each) => each.mount(context).frames);
      return [];
    },
    routes: () => app,
  });
  return {
    domain,
    // Elysia shows a plugin the routes of all the app, as its OpenAPI plugin needs them.
    routes: () =>
      app['getGlobalRoutes']().map(
        ({ method, path, hooks }): DeclaredRoute => ({ method, path, takes: hooks }),
      ),
    frames: () => ({ ...clientFrames, ...Object.fromEntries(sent.map((pair) => [pair.type, pair.sent])) }),
  };
}

/** A schema inside another, and the keys that lead to it. */
export type Inner = readonly [path: string, schema: TSchema];

export function* schemasWithin(schema: TSchema, path = ''): Generator<Inner> {
  yield [path, schema];
  const {
    properties = {},
    items,
    anyOf = [],
    allOf = [],
    additionalProperties,
  } = schema as TSchema & {
    readonly properties?: Readonly<Record<string, TSchema>>;
    readonly items?: TSchema;
    readonly anyOf?: readonly TSchema[];
    readonly allOf?: readonly TSchema[];
    readonly additionalProperties?: TSchema | boolean;
  };
  for (const [name, inner] of Object.entries(properties)) yield* schemasWithin(inner, `${path}.${name}`);
  for (const inner of [...anyOf, ...allOf]) yield* schemasWithin(inner, path);
  if (items) yield* schemasWithin(items, `${path}[]`);
  if (typeof additionalProperties === 'object') yield* schemasWithin(additionalProperties, `${path}{}`);
}
