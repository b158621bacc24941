import { AppError } from '../../errors.ts';
import type { Draft } from '../ports/event-log.ts';

/** Identifies a request that its caller may send again: the same scope and key within 24 hours is the same request. */
export interface RequestKey {
  /** The route and the caller. */
  readonly scope: string;
  readonly key: string;
  /** The hash of the parameters and the body. Another hash under the same key is another request. */
  readonly hash: string;
}

export const keyConflict = () =>
  new AppError(
    'idempotency_conflict',
    'This idempotency key was used for another request within 24 hours. Use a new key for a new request.',
  );

/** The content that has to be the same in a publication whose key comes again, as one text. */
export const contentOf = ({ type, eventType, data, exclude, idempotencyContext }: Draft): string =>
  JSON.stringify([type, eventType, data, exclude, idempotencyContext]);
