import { type AnyElysia, Elysia } from 'elysia';
import { barangay } from './domains/barangay/index.ts';
import { campus } from './domains/campus/index.ts';
import { clinic } from './domains/clinic/index.ts';
import { school } from './domains/school/index.ts';
import { venues } from './domains/venues/index.ts';
import type { Domain, DomainDeps } from './extension/domain.ts';

/** Every domain that ships. A new one is a folder in `domains/`, an entry here, and a line in `domainRoutes`. */
export const shippedDomains: readonly Domain[] = [barangay, campus, clinic, school, venues];

/** The routes of the domains that are mounted, with the types of all of them, so that Eden knows each. */
export function domainRoutes(deps: DomainDeps, mounted: readonly string[]) {
  const routesOf = <Routes extends AnyElysia>(domain: { name: string; routes(deps: DomainDeps): Routes }) =>
    mounted.includes(domain.name) ? domain.routes(deps) : (new Elysia() as unknown as Routes);
  return new Elysia({ name: 'domains' })
    .use(routesOf(barangay))
    .use(routesOf(venues))
    .use(routesOf(clinic))
    .use(routesOf(campus))
    .use(routesOf(school));
}
