import { Type } from '@sinclair/typebox';
import { skippedType } from './publication.ts';
import { serverFrames } from './server-frames.ts';

/** Postgres stores neither NUL nor half a surrogate pair. */
const letters = '(?:[^\\u0000\\uD800-\\uDFFF]|[\\uD800-\\uDBFF][\\uDC00-\\uDFFF])*';

/** Of a user, a session or an event. */
export const Name = Type.String({ minLength: 1, maxLength: 200, pattern: `^${letters}$` });

/** What the server says itself would be believed: nobody else may say it (R3). */
const reserved = [...Object.keys(serverFrames), skippedType].join('|');

/** The type of a publication that somebody else than this server makes. */
export const PublicationType = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: `^(?!(?:${reserved})$)${letters}$`,
});
