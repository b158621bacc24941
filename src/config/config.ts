import { Value } from '@sinclair/typebox/value';
import { parseJwtKeys, parseServiceKeys } from './keys.ts';
import { checkTogether, type Given, isKeySetUrl, type Report, warningsOf } from './rules.ts';
import { type Config, type Secrets, toConfig, toSecrets } from './settings.ts';
import {
  expectation,
  isSecret,
  schemaOf,
  type VariableName,
  type Variables,
  variableNames,
  variables,
} from './variables.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface ParsedConfig {
  readonly config: Config;
  readonly secrets: Secrets;
  /** Settings that are allowed and dangerous, one sentence each, for the log at start. */
  readonly warnings: readonly string[];
}

export interface Fault {
  readonly variable: VariableName;
  readonly found: string;
  readonly expected: string;
}

/** Everything that is wrong with the environment, at once. Never holds the value of a secret. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];
  /** EX_CONFIG of sysexits.h. */
  readonly exitCode = 78;

  constructor(faults: readonly Fault[]) {
    const lines = faults.map(
      ({ variable, found, expected }) => `  ${variable}: found ${found}; expected ${expected}`,
    );
    super(`The configuration has ${faults.length} fault(s):\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** The environment of this process, with the configuration file that a command line names. */
export function readEnv({ config }: { readonly config?: string | undefined } = {}): Env {
  return { ...process.env, ...(config !== undefined && { TAMBULI_CONFIG: config }) };
}

/** The configuration beside the environment. */
export interface Beside {
  /** The domains that a configuration file names, for where DOMAINS names none. */
  readonly named?: readonly string[] | undefined;
  /** True where the application brings an authenticator, so that no key is needed. */
  readonly hasAuthenticator?: boolean;
}

/**
 * The configuration in `env`. Unknown variables are ignored, blank ones count as unset.
 *
 * @param knownDomains the domains that can be mounted; without it the names in DOMAINS are not checked.
 * @throws ConfigError with every fault
 */
export function parseConfig(
  env: Env,
  knownDomains?: readonly string[],
  { named = [], hasAuthenticator = false }: Beside = {},
): ParsedConfig {
  const faults = new Map<VariableName, Fault>();
  const report: Report = (variable, found, expected) => {
    if (!faults.has(variable)) faults.set(variable, { variable, found, expected });
  };
  const refuse = (name: VariableName, found = describe(name, env[name])) =>
    report(name, found, expectation(name));

  const has = (name: VariableName) => Boolean(env[name]?.trim());
  const raw: Record<string, unknown> = {};
  for (const name of variableNames) if (has(name)) raw[name] = coerce(name, env[name] ?? '');
  for (const { path } of Value.Errors(variables, Value.Default(variables, { ...raw }))) {
    refuse(path.split('/')[1] as VariableName);
  }
  // Faulty values make place for their defaults, so that the remaining rules are checked in the same run.
  for (const name of faults.keys()) delete raw[name];
  const values = Value.Default(variables, raw) as Variables;

  const unknown = values.DOMAINS?.filter((name) => knownDomains && !knownDomains.includes(name)) ?? [];
  if (unknown.length > 0) report('DOMAINS', unknown.join(', '), `only names of ${knownDomains?.join(', ')}`);
  if (values.JWKS_URL && !isKeySetUrl(values.JWKS_URL, values.NODE_ENV === 'production')) refuse('JWKS_URL');
  for (const name of [
    'DATABASE_URL',
    'DATABASE_URL_DIRECT',
    'REDIS_URL',
    'WEBHOOK_URL',
    'SMS_URL',
    'SMTP_URL',
    'S3_ENDPOINT',
  ] as const) {
    if (values[name] && !URL.canParse(values[name])) refuse(name);
  }
  const jwtKeys = values.JWT_SECRET ? parseJwtKeys(values.JWT_SECRET) : [];
  if (typeof jwtKeys === 'string') refuse('JWT_SECRET', jwtKeys);
  const serviceKeys = values.SERVICE_API_KEY ? parseServiceKeys(values.SERVICE_API_KEY) : [];
  if (typeof serviceKeys === 'string') refuse('SERVICE_API_KEY', serviceKeys);
  const given: Given = { values, has, hasAuthenticator };
  checkTogether(given, report);
  if (faults.size > 0 || typeof jwtKeys === 'string' || typeof serviceKeys === 'string')
    throw new ConfigError([...faults.values()]);

  const config = toConfig(given, values.DOMAINS ?? named);
  return { config, secrets: toSecrets(values, jwtKeys, serviceKeys), warnings: warningsOf(given) };
}

/** The text as the type its schema asks for, or unchanged when it is not of that type: the schema then refuses it. */
function coerce(name: VariableName, value: string): unknown {
  if (isSecret(name)) return value;
  const text = value.trim();
  switch (schemaOf(name)['type']) {
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : text);
    case 'array':
      return text.split(',').map((item) => item.trim());
    default:
      return text;
  }
}

function describe(name: VariableName, value = ''): string {
  if (isSecret(name)) return `a secret of ${new TextEncoder().encode(value).byteLength} bytes`;
  if (/:\/\/.*@/.test(value)) return 'an address with credentials in it';
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}
