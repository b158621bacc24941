import type { AnyElysia, Elysia } from 'elysia';
import type { TypedChannels } from '../protocol/wire/channel-types.ts';
import type { Domain, MergedChannels, UnionToIntersection } from './domain.ts';

/** The routes of a plugin as Elysia keeps them in its type. */
type RoutesOf<Plugin> = Plugin extends { readonly '~Routes': infer Routes } ? Routes : never;

type DomainRoutes<Mounted> = UnionToIntersection<
  Mounted extends { readonly '~routes'?: infer Plugin } ? RoutesOf<NonNullable<Plugin>> : never
>;

/** The type `Core` of the engine's own routes with those of the domains, and with the types of their channels. */
export type WithDomains<Core extends AnyElysia, Domains extends readonly Domain[]> =
  Core extends Elysia<
    infer BasePath,
    infer Singleton,
    infer Definitions,
    infer Metadata,
    infer Routes,
    infer Ephemeral,
    infer Volatile
  >
    ? Elysia<
        BasePath,
        Singleton,
        Definitions,
        Metadata,
        Routes & DomainRoutes<Domains[number]>,
        Ephemeral,
        Volatile
      > &
        TypedChannels<MergedChannels<Domains[number]>>
    : never;
