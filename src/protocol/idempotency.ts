import { Type } from '@sinclair/typebox';
import { Word } from './text.ts';

export const IdempotencyKey = Word(200, '^[!-~]{1,200}$', {
  description: '1 to 200 visible ASCII characters; the same request again within 24 hours publishes nothing',
});

/** Headers of a request that publishes. */
export const PublishHeaders = Type.Object({ 'idempotency-key': Type.Optional(IdempotencyKey) });
