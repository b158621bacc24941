import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { startWholeService, type WholeService } from '../../support/documents/declared-schemas.ts';
import type { KeyedRequest } from './keyed-request.ts';
import { keyedRequests } from './keyed-requests.ts';

/** Routes whose caller says what is published, word by word: there the limit of a publication is a limit of the body. */
const saidByTheCaller =
  /^POST \/(api\/(realtime|files)\/publish|ws\/broadcast\/(hearing|case|person)|api\/v1\/realtime\/(events|hooks|broadcast))/;
const writes = Object.keys(keyedRequests).filter((route) => !saidByTheCaller.test(route));

interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly maxLength?: number;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The example with every free text, given or not, as long and as costly in JSON as its schema admits. */
function inflated(schema: Schema, example: unknown): unknown {
  // A shorter text is a name, or an id that has to be there.
  if (schema.format === 'text' && (schema.maxLength ?? 0) >= 500)
    return '\u0001'.repeat(schema.maxLength ?? 0);
  const chosen = schema.anyOf?.find((each) => fits(each, example));
  if (chosen) return inflated(chosen, example);
  if (schema.type !== 'object') return example;
  const given: Readonly<Record<string, unknown>> = Object(example);
  if (!schema.properties) return { ...given, filler: 'x'.repeat(200_000) };
  const members = Object.entries(schema.properties).map(([name, member]) => [
    name,
    inflated(member, given[name]),
  ]);
  const filled = members.filter(([, value]) => value !== undefined);
  return filled.length === 0 ? example : Object.fromEntries(filled);
}

const fits = ({ properties = {} }: Schema, example: unknown) =>
  Object.entries(properties).every(
    ([name, { const: word }]) => word === undefined || word === Object(example)[name],
  );

describe.each([131_072, 1_024])('with publications of at most %p bytes', (limit) => {
  let service: WholeService;
  beforeAll(async () => {
    service = await startWholeService({ env: { LIMIT_PUBLICATION_BYTES: String(limit) } });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const statusOf = async (method: string, { path, body, headers }: KeyedRequest) => {
    const answer = await fetch(service.url + path, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: answer.status === 200 ? '' : await answer.text() };
  };

  test.each(writes)('%s is carried out, however large its row', async (route) => {
    const [request, other] = await (keyedRequests[route] ?? Promise.reject)(service);
    const [method = ''] = route.split(' ');
    const declared = service.routes.find(
      (each) => `${each.method} ${each.path.replace(/:(\w+)/g, '{$1}')}` === route,
    );
    const body = inflated((declared?.takes.body ?? {}) as Schema, request.body);
    const done = { status: 200, text: '' };
    expect(await statusOf(method, { ...request, body })).toEqual(done);
    // A change of one large text to another tells both.
    if (method !== 'PATCH' || other.path !== request.path) return;
    const turned = JSON.parse(JSON.stringify(body).replaceAll('\\u0001', '\\u0002'));
    if (Bun.deepEquals(turned, body)) return;
    expect(await statusOf(method, { ...request, body: turned })).toEqual(done);
  });
});
