import { type TProperties, type TSchema, Type } from '@sinclair/typebox';
import { t } from 'elysia';
import { Name } from '../protocol/name.ts';
import { cursor, pageFields } from '../protocol/schemas/paging.ts';
import { Problem } from '../protocol/schemas/problem.ts';
import { Text } from '../protocol/schemas/text.ts';
import { maxChannelLength } from '../protocol/wire/channel-name.ts';

export const success = Type.Literal(true);

/** Milliseconds. */
export const Duration = (description: string) => Type.Number({ description });

export const ChannelParams = Type.Object({ channel: Text(3 * maxChannelLength) });
export const SessionParams = Type.Object({ id: Name });
export const UserParams = Type.Object({ id: Name });
export const LetterParams = t.Object({ id: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 1e15 }) });

/** The query of a route that takes none, so that a misspelt one is refused. */
export const noQuery = Type.Object({});

/** The query of a list, with filters of its own. */
export const listQuery = <Filters extends TProperties>(filters: Filters) =>
  t.Object({
    ...filters,
    cursor,
    limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 200, default: 50 }),
  });

export const listOf = <Item extends TSchema, More extends TProperties>(item: Item, more: More) =>
  Type.Object({ success, data: Type.Array(item), ...more, ...pageFields });

/** The processes that a response tells of, and those that it misses. */
export const answerFields = {
  answered: Type.Array(Type.String(), { description: 'ids of the processes that answered' }),
  silent: Type.Array(Type.String(), {
    description: 'ids of the processes that should have answered; what they have is missing here',
  }),
};

/** The failures of every route here. */
export const refusals = { 401: Problem, 403: Problem, 422: Problem, 429: Problem, 503: Problem };
export const missing = { ...refusals, 404: Problem };

/** Everybody whose role is one of these, and services whose key has the scope `operate`. */
export const operate = ['admin'] as const;
