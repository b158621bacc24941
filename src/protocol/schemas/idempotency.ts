import { Type } from '@sinclair/typebox';
import { Word } from './text.ts';

export const IdempotencyKey = Word(200, '^[!-~]{1,200}$', {
  description:
    '1 to 200 visible ASCII characters. The same request with the same key within 24 hours is carried out once and gets the first answer again, with `repeated: true`; another request with the key is refused with `idempotency_conflict`.',
});

/** Headers of a request that writes or publishes. */
export const KeyHeaders = Type.Object({ 'idempotency-key': Type.Optional(IdempotencyKey) });

/** In the answer of every route that takes an `Idempotency-Key`. */
export const repeated = Type.Optional(
  Type.Literal(true, { description: 'the idempotency key was known: this is the first answer again' }),
);

/**
 * In the `detail` of a route that writes and takes no `Idempotency-Key`: why the same request does no harm when it
 * comes twice.
 */
export const repeatable = (reason: string) => ({ 'x-repeatable': reason });
