import { expect, test } from 'bun:test';
import { startTestService } from '../../support/service.ts';

interface Operation {
  readonly summary?: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: object;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: object };
}

const broadcasts = ['hearing', 'case', 'person', 'notification'];

test('the document lists every route with a summary, and of broadcasts the body and all failures', async () => {
  await using service = await startTestService();
  const { paths, components } = (await service.get('/openapi/json')).body as Document;
  const routes = [
    '/health',
    '/health/ready',
    '/ws/status',
    ...broadcasts.map((name) => `/ws/broadcast/${name}`),
  ];
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(routes));
  for (const operations of Object.values(paths)) {
    for (const { summary } of Object.values(operations)) expect(summary).toBeString();
  }
  for (const name of broadcasts) {
    const post = paths[`/ws/broadcast/${name}`]?.['post'];
    expect(post?.requestBody?.content['application/json']?.schema).toMatchObject({ type: 'object' });
    expect(Object.keys(post?.responses ?? {})).toEqual([
      '200',
      '400',
      '401',
      '403',
      '404',
      '413',
      '422',
      '503',
    ]);
  }
  expect(components.securitySchemes).toMatchObject({
    token: { scheme: 'bearer' },
    serviceKey: { name: 'x-api-key' },
  });
});

test('people get a page at /openapi', async () => {
  await using service = await startTestService();
  const response = await fetch(`${service.url}/openapi`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toStartWith('text/html');
});
