import { type TSchema, Type } from '@sinclair/typebox';

/**
 * The content that a `render.yaml` may have, as far as a web service in a native runtime and a Key Value instance need it. Written
 * after Render's Blueprint reference (https://render.com/docs/blueprint-spec), not a copy of
 * https://render.com/schema/render.yaml.json: databases, disks, cron jobs and Docker are left out, and whatever is not
 * listed is refused.
 */
const choice = (...names: string[]) => Type.Union(names.map((name) => Type.Literal(name)));
const strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const text = Type.String({ minLength: 1 });
const environmentKey = Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' });

const EnvironmentVariable = Type.Union([
  strict({ key: environmentKey, value: Type.Union([Type.String(), Type.Number(), Type.Boolean()]) }),
  /** Render makes a base64-encoded value of 256 bits, once. */
  strict({ key: environmentKey, generateValue: Type.Literal(true) }),
  /** Render asks for the value when the Blueprint is first applied. */
  strict({ key: environmentKey, sync: Type.Literal(false) }),
  strict({ fromGroup: text }),
  strict({
    key: environmentKey,
    fromService: strict({
      type: Type.Literal('keyvalue'),
      name: text,
      property: choice('connectionString', 'host', 'port'),
    }),
  }),
]);

const region = Type.Optional(choice('oregon', 'ohio', 'virginia', 'frankfurt', 'singapore'));

const WebService = strict({
  type: Type.Literal('web'),
  name: text,
  runtime: choice('node', 'python', 'elixir', 'go', 'ruby', 'rust'),
  plan: Type.Optional(choice('free', 'starter', 'standard', 'pro', 'pro plus', 'pro max', 'pro ultra')),
  region,
  repo: Type.Optional(text),
  branch: Type.Optional(text),
  rootDir: Type.Optional(text),
  numInstances: Type.Optional(Type.Integer({ minimum: 1 })),
  autoDeployTrigger: Type.Optional(choice('commit', 'checksPass', 'off')),
  buildCommand: text,
  preDeployCommand: Type.Optional(text),
  startCommand: text,
  healthCheckPath: Type.Optional(Type.String({ pattern: '^/' })),
  maxShutdownDelaySeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 300 })),
  domains: Type.Optional(Type.Array(text)),
  envVars: Type.Optional(Type.Array(EnvironmentVariable)),
  buildFilter: Type.Optional(
    strict({ paths: Type.Optional(Type.Array(text)), ignoredPaths: Type.Optional(Type.Array(text)) }),
  ),
});

/** Render refuses one without `ipAllowList`; an empty one lets in the private network alone. */
const KeyValue = strict({
  type: Type.Literal('keyvalue'),
  name: text,
  plan: Type.Optional(choice('free', 'starter', 'standard', 'pro', 'pro plus')),
  region,
  ipAllowList: Type.Array(strict({ source: text, description: Type.Optional(text) })),
});

export const Blueprint = strict({
  services: Type.Array(Type.Union([WebService, KeyValue]), { minItems: 1 }),
  previews: Type.Optional(
    strict({
      generation: Type.Optional(choice('off', 'manual', 'automatic')),
      expireAfterDays: Type.Optional(Type.Integer({ minimum: 1 })),
    }),
  ),
});
