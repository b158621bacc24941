import { type AnyElysia, Elysia } from 'elysia';
import type { AuthPlugin } from '../../src/auth/plugin.ts';
import { shippedDomains } from '../../src/domains.ts';
import type { Domain, DomainContext } from '../../src/extension/domain.ts';

/** Parts of src/domains/<area>/README.md, made from what the domain declares. */

const code = (text: string) => `\`${text}\``;

/** Stands for a part of a running server: a domain that is mounted opens nothing and asks nothing. */
const absent: unknown = new Proxy(() => undefined, {
  get: (_target, property) => (property === Symbol.toPrimitive ? () => 'absent' : absent),
  apply: () => absent,
});
/** A hook that only says who may call the route. */
const admitting = (who: readonly string[]) => ({ transform: Object.assign(() => undefined, { who }) });
const auth = new Elysia({ name: 'tambuli/auth' }).macro({
  allow: admitting,
  operate: admitting,
});
const parts = ['database', 'log', 'manager', 'publisher', 'leases', 'streams', 'clock', 'logger', 'delivery'];
const context = {
  ...Object.fromEntries(parts.map((part) => [part, absent])),
  auth: auth as unknown as AuthPlugin,
  processId: 'process',
} as unknown as DomainContext;

/** `<!-- barangay-routes -->` of every area. */
export const areaTables: Readonly<Record<string, () => string>> = Object.fromEntries(
  shippedDomains.map((domain) => [`${domain.name}-routes`, () => renderRoutes(domain)]),
);

/** The patterns of the channels that an area declares. */
export const declaredChannels = (domain: Domain): readonly string[] =>
  domain.channels(context.database).map(({ pattern }) => pattern);

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
}

interface Hooks {
  readonly transform?: readonly { readonly fn: { readonly who?: readonly string[] } }[];
  readonly body?: Schema;
  readonly query?: Schema;
  readonly detail?: { readonly summary?: string; readonly hide?: boolean };
}

function renderRoutes(domain: Domain): string {
  const app: AnyElysia = new Elysia().use(domain.mount(context).routes ?? new Elysia());
  const admitted = app.routes.map(({ hooks }) => whoOf(hooks as Hooks));
  const everyRole = [...new Set(admitted.flatMap((roles) => roles ?? []))];
  const rows = app.routes.map(({ method, path, hooks }, index) => {
    const { body, query, detail } = hooks as Hooks;
    const takes = [query && fieldsOf(query, '?'), body && fieldsOf(body)].filter(Boolean).join(' ');
    const who = renderRoles(admitted[index], everyRole);
    return `| ${code(`${method} ${braced(path)}`)} | ${who} | ${takes} | ${detail?.summary ?? ''} |`;
  });
  const polls = (domain.polls ?? []).map(
    ({ path, summary }) =>
      `| ${code(`GET ${braced(path)}`)} | readers of the channel | ${code('?since&limit&wait')} | ${summary} |`,
  );
  return ['| route | who | takes | does |', '| --- | --- | --- | --- |', ...rows, ...polls].join('\n');
}

const whoOf = ({ transform = [] }: Hooks) => transform.find(({ fn }) => fn.who !== undefined)?.fn.who;
const braced = (path: string) => path.replace(/:(\w+)/g, '{$1}');

function renderRoles(roles: readonly string[] | undefined, everyRole: readonly string[]): string {
  if (!roles) return 'everybody';
  if (roles.length === 0) return 'everybody identified';
  return roles.length > 3 && roles.length === everyRole.length ? 'every role' : roles.map(code).join(', ');
}

/** `{title, body?}`, or for a query `?cursor&limit`; of alternatives, each. */
function fieldsOf(schema: Schema, query = ''): string {
  if (schema.anyOf) return schema.anyOf.map((each) => fieldsOf(each, query)).join(' or ');
  const names = Object.keys(schema.properties ?? {});
  if (names.length === 0) return '';
  if (query) return code(`?${names.join('&')}`);
  const fields = names.map((name) => (schema.required?.includes(name) ? name : `${name}?`));
  return code(`{${fields.join(', ')}}`);
}
