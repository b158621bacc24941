import type { TObject, TSchema } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { AppError } from '../../errors.ts';
import { isListParameter } from '../../protocol/schemas/list-parameter.ts';
import { type Faults, unknownOf } from '../http/request-facts.ts';
import { settleBody, unknownFields } from './unknown-fields.ts';

const maxListed = 20;
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Parameters that name the caller where no header does; every route knows them. */
const tokenParameter = 'token';
const insecureParameters = ['userId', 'role', 'tenants'];

/**
 * Refuses what a route does not know, before it does anything: a misspelt field that narrows a publication would leave it
 * to everybody. Fields of a body, of every route that writes; parameters of an address, of these and of every route that
 * declares some. Holds for whatever is registered after it, with or without a schema.
 */
export function strictRequests({ mode }: { readonly mode: 'jwt' | 'insecure' }) {
  const common = new Set([tokenParameter, ...(mode === 'insecure' ? insecureParameters : [])]);
  const plugin = new Elysia({ name: 'gateway-strict-requests' });
  let routes: ReadonlyMap<string, Route> | undefined;
  // Elysia shows a plugin the routes of all the app; when the first request comes, all are there.
  const routeOf = (method: string, path: string) => {
    routes ??= new Map(
      plugin['getGlobalRoutes']().map((each) => [`${each.method} ${each.path}`, each.hooks as Route]),
    );
    return routes.get(`${method} ${path}`);
  };
  return (
    plugin
      // Before Elysia validates, as that takes away what a schema does not name.
      .onTransform({ as: 'global' }, ({ request, route, query, body }) => {
        const declared = routeOf(request.method, route);
        if (declared?.body) settleBody(declared.body, body);
        const parameters = strangeParameters(request, query, declared, common);
        const fields = strangeFields(declared, body);
        if (parameters.length === 0 && fields.length === 0) return;
        unknownOf.set(request, [...parameters, ...fields].slice(0, maxListed));
      })
      // After the caller is known: a stranger learns nothing of a route.
      .onBeforeHandle({ as: 'global' }, ({ request }) => {
        const faults = unknownOf.get(request);
        if (!faults) return;
        const names = faults.map(({ field }) => field).join(', ');
        throw new AppError('validation_failed', `This route does not take, or not so: ${names}.`);
      })
  );
}

interface Route {
  readonly body?: TSchema;
  readonly query?: TObject;
}

/** Also joins the values of a list that is spread over several parameters. */
function strangeParameters(
  request: Request,
  query: Record<string, unknown>,
  declared: Route | undefined,
  common: ReadonlySet<string>,
): Faults {
  if (!request.url.includes('?') || (reading.has(request.method) && !declared?.query)) return [];
  const known = declared?.query?.properties ?? {};
  const { searchParams } = new URL(request.url);
  const faults: Faults[number][] = [];
  for (const field of new Set(searchParams.keys())) {
    const schema = Object.hasOwn(known, field) ? known[field] : undefined;
    const values = searchParams.getAll(field);
    if (!schema && !common.has(field)) {
      faults.push({ field, message: said('parameters', Object.keys(known)) });
    } else if (values.length > 1 && schema && isListParameter(schema)) {
      query[field] = values.join(',');
    } else if (values.length > 1) {
      // Only one of the values would be read, and nobody told which.
      faults.push({ field, message: 'This parameter is given more than once.' });
    }
  }
  return faults;
}

function strangeFields(declared: Route | undefined, body: unknown): Faults {
  if (body === undefined || body === null) return [];
  if (!declared?.body) {
    const names = typeof body === 'object' ? Object.keys(body) : ['body'];
    return names.map((field) => ({ field, message: 'This route takes no body.' }));
  }
  return unknownFields(declared.body, body).map((field) => ({
    field,
    message: 'There is no field of this name here.',
  }));
}

function said(what: string, known: readonly string[]): string {
  return known.length === 0
    ? `This route takes no ${what}.`
    : `The ${what} of this route are ${known.join(', ')}.`;
}
