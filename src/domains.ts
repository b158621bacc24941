import type { Database } from './db/connection/open.ts';
import { barangay } from './domains/barangay/index.ts';
import { campus } from './domains/campus/index.ts';
import { clinic } from './domains/clinic/index.ts';
import { school } from './domains/school/index.ts';
import { venues } from './domains/venues/index.ts';
import type { Domain } from './extension/domain.ts';
import { channelSegments } from './protocol/wire/channel-name.ts';

/** The domains that ship with the package. A new one is a folder in `domains/` and an entry here. */
export const shippedDomains = [barangay, campus, clinic, school, venues] as const;

/** The shipped domains with these names, then the given ones. Throws for an unknown name, and where two have one name. */
export function mountedDomains(names: readonly string[], given: readonly Domain[] = []): readonly Domain[] {
  const shipped: readonly Domain[] = shippedDomains;
  const unknown = names.find((name) => !shipped.some((each) => each.name === name));
  if (unknown !== undefined) throw new Error(`No domain that ships has the name "${unknown}".`);
  const domains = [...shipped.filter(({ name }) => names.includes(name)), ...given];
  const twice = domains.find(({ name }, place) => domains.findIndex((each) => each.name === name) < place);
  if (twice) throw new Error(`Two domains have the name "${twice.name}".`);
  return domains;
}

/** The domain of each namespace of the shipped domains with these names. Rules ask the database, patterns do not. */
export function shippedNamespaces(names: readonly string[]): ReadonlyMap<string, string> {
  const unopened = {} as Database;
  return new Map(
    shippedDomains
      .filter(({ name }) => names.includes(name))
      .flatMap(({ name, channels }) =>
        channels(unopened).map(({ pattern }) => [channelSegments(pattern)[0], name] as const),
      ),
  );
}
