import type { Domain } from '../../extension/domain.ts';
import type { ConfigFile } from './schema.ts';

/** The configuration of `tambuli.config.ts`: the keys of `tambuli.config.json`, and domains of the application itself. */
export interface ModuleConfig extends Omit<ConfigFile, 'domains' | '$schema'> {
  /** Names of domains of the package, and values of `defineDomain`. */
  readonly domains?: readonly (string | Domain)[];
}

/** The configuration of a server, with its types: `export default defineConfig({ channels: { … } })`. */
export function defineConfig(config: ModuleConfig): ModuleConfig {
  return config;
}

/** The configuration as the file declares it, and the domains that only a module can bring. */
export function partsOfModule(value: unknown): {
  readonly value: unknown;
  readonly domains: readonly Domain[];
} {
  const given: unknown = Object(value).domains;
  const domains = Array.isArray(given) ? given.filter(isDomain) : [];
  if (domains.length === 0) return { value, domains };
  const names = (given as unknown[]).filter((each) => !isDomain(each));
  return { value: { ...Object(value), domains: names }, domains };
}

function isDomain(value: unknown): value is Domain {
  const { name, channels, mount } = Object(value);
  return typeof name === 'string' && typeof channels === 'function' && typeof mount === 'function';
}
