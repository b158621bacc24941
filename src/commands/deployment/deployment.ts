import { type Env, type ParsedConfig, parseConfig } from '../../config/config.ts';
import type { FileFault } from '../../config/file/faults.ts';
import { type LoadedFile, loadConfigFile } from '../../config/file/load.ts';
import { type ConfiguredDomain, configuredDomain } from '../../config/file/to-domain.ts';
import type { PublishedTable } from '../../db/triggers/published-table.ts';
import { mountedDomains, shippedDomains, shippedNamespaces } from '../../domains.ts';
import type { Domain } from '../../extension/domain.ts';
import type { Ports } from '../../extension/ports.ts';
import { channelSegments } from '../../protocol/wire/channel-name.ts';

/** The settings of the environment and of the configuration file in the working directory. */
export interface Deployment extends ParsedConfig {
  readonly file?: LoadedFile;
  /** The domain that the file declares. */
  readonly configured?: ConfiguredDomain;
  /** The domains of the application, beside those of the package that `config.domains` names. */
  readonly domains: readonly Domain[];
  /** The parts of the server that the application brings itself. */
  readonly ports: Ports;
  /** All domains that the server mounts. */
  readonly mounted: readonly Domain[];
  /** The tables that triggers publish. */
  readonly tables: readonly PublishedTable[];
}

/**
 * Reads the environment, and the configuration file that TAMBULI_CONFIG names or the working directory has.
 *
 * @throws ConfigError or ConfigFileError with every fault
 */
export async function readDeployment(env: Env): Promise<Deployment> {
  const known: readonly string[] = shippedDomains.map(({ name }) => name);
  const file = await loadConfigFile(process.cwd(), env['TAMBULI_CONFIG']?.trim() || undefined);
  const ports = file?.ports ?? {};
  const parsed = parseConfig(env, known, {
    named: file?.value.domains,
    hasAuthenticator: ports.authenticator !== undefined,
  });
  const faults = (file?.value.domains ?? []).flatMap((name, index): FileFault[] =>
    known.includes(name)
      ? []
      : [{ path: ['domains', index], found: JSON.stringify(name), expected: `one of ${known.join(', ')}` }],
  );
  const taken = shippedNamespaces(parsed.config.domains);
  for (const pattern of Object.keys(file?.value.channels ?? {})) {
    const [name] = channelSegments(pattern);
    const domain = taken.get(name);
    if (domain === undefined) continue;
    const found = `the name "${name}", which the domain ${domain} has`;
    faults.push({ path: ['channels', pattern], found, expected: 'another name' });
  }
  if (file && faults.length > 0) throw file.error(faults);
  const configured =
    file &&
    configuredDomain(file.value, {
      retention: parsed.config.retention,
      refuse: (found) => file.error(found),
    });
  const domains = [...(file?.domains ?? []), ...(configured ? [configured] : [])];
  const mounted = mountedDomains(parsed.config.domains, domains);
  return {
    ...parsed,
    ...(file && { file }),
    ...(configured && { configured }),
    domains,
    ports,
    mounted,
    tables: mounted
      .flatMap((domain) => domain.tables ?? [])
      .map((table) => ({ zone: parsed.config.timestampZone, ...table })),
  };
}
