import { Elysia } from 'elysia';
import { everything, type Muted, mute, readMutes, unmute } from '../db/mutes.ts';
import { AppError } from '../errors.ts';
import { repeatable } from '../protocol/schemas/idempotency.ts';
import { Mute, MuteAnswer, MuteList, MuteQuery } from '../protocol/schemas/notifications.ts';
import { Problem } from '../protocol/schemas/problem.ts';
import type { DomainContext } from './domain.ts';

interface Muting {
  /** The personal namespace that carries the notifications. */
  readonly namespace: string;
  /** The address of the notifications. */
  readonly path: `/${string}`;
  readonly tag: string;
  /** Roles that have notifications; none means everybody. */
  readonly allow: readonly string[];
  /** The meaning of a kind, for the documentation. */
  readonly kind: string;
}

const reading = { 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const writing = { ...reading, 400: Problem, 409: Problem, 413: Problem };

/**
 * Routes by which a person mutes kinds of notifications, each their own. A muted notification is stored and listed, and
 * is not published to the person; the routes and triggers that publish notifications ask `isMuted`.
 */
export function muteRoutes(
  { auth, database }: Pick<DomainContext, 'auth' | 'database'>,
  { namespace, path, tag, allow, kind }: Muting,
) {
  const ownerOf = ({ userId }: { readonly userId: string }) => ({ userId, namespace });
  const { db } = database;
  return new Elysia({ name: `${namespace}-mutes`, prefix: `${path}/mutes`, tags: [tag] })
    .use(auth)
    .get('', async ({ principal }) => ({ data: await readMutes(db, ownerOf(principal)) }), {
      allow,
      response: { 200: MuteList, 401: Problem, 403: Problem, 503: Problem },
      detail: { summary: `The caller’s mutes; a kind is ${kind}` },
    })
    .put(
      '',
      async ({ body, principal }) => {
        const muted = 'kind' in body ? body.kind : everything;
        return { success: true as const, data: await mute(db, ownerOf(principal), muted) };
      },
      {
        allow,
        body: Mute,
        response: { 200: MuteAnswer, ...writing },
        detail: {
          summary: `Mutes a kind, which is ${kind}, or everything: such notifications are stored and not published to the caller`,
          ...repeatable('what is muted stays so'),
        },
      },
    )
    .delete(
      '',
      async ({ query, principal }) => ({
        success: true as const,
        data: await unmute(db, ownerOf(principal), mutedIn(query)),
      }),
      {
        allow,
        query: MuteQuery,
        response: { 200: MuteAnswer, ...reading },
        detail: {
          summary: 'Unmutes a kind, or everything except the kinds that are muted',
          ...repeatable('what is not muted stays so'),
        },
      },
    );
}

function mutedIn({ kind, everything: all }: MuteQuery): Muted {
  if (kind !== undefined && all === undefined) return kind;
  if (all !== undefined && kind === undefined) return everything;
  throw new AppError('validation_failed', 'The address names one of `kind` and `everything`.');
}
