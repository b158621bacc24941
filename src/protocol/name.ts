import { Type } from '@sinclair/typebox';
import { BatchFrame } from './frames/publication-frames.ts';
import { serverFrames } from './frames/server-frames.ts';
import { isText, Text } from './schemas/text.ts';
import { skippedType } from './wire/publication.ts';

/** Longest name, in UTF-16 units. */
export const maxNameLength = 200;

/** The id of a user, a role, a tenant, a session or an event. */
export const Name = Text(maxNameLength);

/** A user's id; also as the number that it is where an application's ids are integers. */
export const UserId = Type.Union([Name, Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })]);

/** Publication types that the server alone may use: readers believe them (R3). */
const reserved = [...Object.keys(serverFrames), BatchFrame.properties.type.const, skippedType].join('|');

/** The type of a publication that somebody else than this server makes. */
export const PublicationType = Type.String({ ...Name, pattern: `^(?!(?:${reserved})$)` });

const publicationType = new RegExp(PublicationType.pattern ?? '');

export function isPublicationType(type: string): boolean {
  return type !== '' && type.length <= maxNameLength && isText(type) && publicationType.test(type);
}
