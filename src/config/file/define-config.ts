import type { Domain } from '../../extension/domain.ts';
import type { Ports } from '../../extension/ports.ts';
import { portFaults } from './check-ports.ts';
import type { FileFault } from './faults.ts';
import type { ConfigFile } from './schema.ts';

/** The configuration of `tambuli.config.ts`: the keys of `tambuli.config.json`, and domains of the application itself. */
export interface ModuleConfig extends Omit<ConfigFile, 'domains' | '$schema'> {
  /** Names of domains of the package, and values of `defineDomain`. */
  readonly domains?: readonly (string | Domain)[];
  /** Parts of the server that the application brings itself. */
  readonly ports?: Ports;
}

/** The configuration of a server, with its types: `export default defineConfig({ channels: { … } })`. */
export function defineConfig(config: ModuleConfig): ModuleConfig {
  return config;
}

/** The configuration as the file declares it, and the domains and ports that only a module can bring. */
export function partsOfModule(value: unknown): {
  readonly value: unknown;
  readonly domains: readonly Domain[];
  readonly ports: Ports;
  /** Those of the ports. */
  readonly faults: readonly FileFault[];
} {
  if (typeof value !== 'object' || value === null) return { value, domains: [], ports: {}, faults: [] };
  const { ports: given, ...rest } = value as Readonly<Record<string, unknown>>;
  const faults = portFaults(given);
  const ports = faults.length === 0 ? ((given ?? {}) as Ports) : {};
  const all = rest['domains'];
  const domains = Array.isArray(all) ? all.filter(isDomain) : [];
  if (domains.length === 0) return { value: rest, domains, ports, faults };
  const names = (all as unknown[]).filter((each) => !isDomain(each));
  return { value: { ...rest, domains: names }, domains, ports, faults };
}

function isDomain(value: unknown): value is Domain {
  const { name, channels, mount } = Object(value);
  return typeof name === 'string' && typeof channels === 'function' && typeof mount === 'function';
}
