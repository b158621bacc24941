import type { TokenClaims } from '../support/services/service.ts';

/** Each namespace is tried by these, and by the service itself. */
export const strangers = ['owner', 'other', 'foreign', 'nobody'] as const;
export type Stranger = (typeof strangers)[number];
export type Who = Stranger | 'service';

/**
 * `reads`: all of the example. `own`: the name is allowed, and means a channel of the caller's own, never the example.
 * `denied`: neither live nor in history.
 */
export type Access = 'reads' | 'own' | 'denied';

/** The expectations of one namespace. */
export interface Entry {
  /** An example by its name on the wire; of a personal namespace, the owner's. */
  readonly channel: string;
  readonly people: People;
  readonly access: Readonly<Record<Who, Access>>;
  /** The people who may send to it, beside the service. */
  readonly publishes?: readonly Stranger[];
  readonly whispers?: readonly Stranger[];
  /** The people who may upload files for it; undefined where it takes none, from nobody. */
  readonly files?: readonly Who[];
}

/**
 * The owner of the example; another user of the same tenant; one with the owner's role in a foreign tenant; somebody
 * without any role.
 */
export type People = Readonly<Record<Stranger, TokenClaims>>;

/** By the name of the namespace. */
export type Table = Readonly<Record<string, Entry>>;

export const everybody: Entry['access'] = {
  ...{ owner: 'reads', other: 'reads', foreign: 'reads', nobody: 'reads', service: 'reads' },
};

/** The expectations of a personal channel that everybody has. */
export const eachTheirOwn: Entry['access'] = {
  ...{ owner: 'reads', other: 'own', foreign: 'own', nobody: 'own', service: 'own' },
};
