import type { TestService } from '../services/service.ts';
import { schemasOf } from './json-schema.ts';

export interface Operation {
  readonly security?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, Described | { readonly $ref: string }>>;
}

interface Described {
  readonly headers?: object;
  readonly content?: object;
}

export interface OpenApiDocument {
  /** By method and path: `GET /api/x/{id}`. */
  readonly operations: Readonly<Record<string, Operation>>;
  /** The difference of a response from what the document has for its route and status; '' when it does not. */
  faults(route: string, answer: Response): Promise<string>;
}

/** Headers that say how to go on: an answer has them just where the document does. */
const tellingHeaders = ['etag', 'link', 'retry-after', 'www-authenticate'];

export async function openApiDocument(service: TestService): Promise<OpenApiDocument> {
  const document = (await service.get('/openapi/json')).body as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components: { readonly responses: Readonly<Record<string, Described>> };
  };
  const schemas = schemasOf(document);
  const operations = Object.fromEntries(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  );
  return {
    operations,
    async faults(route, answer) {
      const [method = '', path = ''] = route.split(' ');
      const described = operations[route]?.responses[answer.status];
      if (!described) return `${route} is not said to answer ${answer.status}`;
      const place =
        '$ref' in described
          ? described.$ref.split('/').slice(1)
          : ['paths', path, method.toLowerCase(), 'responses', String(answer.status)];
      const { headers = {}, content = {} } =
        '$ref' in described ? (document.components.responses[place.at(-1) ?? ''] ?? {}) : described;
      const wrong = tellingHeaders.filter((name) =>
        answer.status < 400
          ? name in headers !== answer.headers.has(name)
          : answer.headers.has(name) && !(name in headers),
      );
      if (wrong.length > 0) return `the headers ${wrong.join()} differ`;
      const type = answer.headers.get('content-type')?.split(';')[0];
      const isSaid = type === undefined ? Object.keys(content).length === 0 : type in content;
      if (!isSaid) return `the media type is ${type}`;
      if (!type?.endsWith('json')) return '';
      return schemas.faults([...place, 'content', type, 'schema'], await answer.json());
    },
  };
}
