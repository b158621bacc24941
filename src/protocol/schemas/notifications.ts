import { type Static, Type } from '@sinclair/typebox';
import { maxNameLength } from '../name.ts';
import { Text } from './text.ts';
import { writtenFields } from './written.ts';

/** The answer of a route that marks all notifications of the caller as read. */
export const AllRead = Type.Object({
  success: Type.Literal(true),
  data: Type.Object({ changed: Type.Integer({ description: 'how many were unread' }) }),
  ...writtenFields,
});

/** The answer of a route that deletes a notification. */
export const Deleted = Type.Object({ success: Type.Literal(true), ...writtenFields });

/** The largest number of notifications that one publication names. */
export const maxNamed = 500;

/** In the answer of a list of notifications. */
export const unreadCount = Type.Integer({ description: 'how many are not read, of all' });

const kind = Text(maxNameLength, {
  description: 'what the notifications are about, in the words of the domain',
});

/** A mute: of the notifications of one kind, or of all. */
export const Mute = Type.Union([Type.Object({ kind }), Type.Object({ everything: Type.Literal(true) })]);
export type Mute = Static<typeof Mute>;

/** The same as the parameters of an address, of which one is given. */
export const MuteQuery = Type.Object({
  kind: Type.Optional(kind),
  everything: Type.Optional(Type.Literal('true')),
});
export type MuteQuery = Static<typeof MuteQuery>;

const mutes = Type.Object({
  everything: Type.Boolean({ description: 'true: no notification is published to the caller' }),
  kinds: Type.Array(Type.String(), {
    description: 'whose notifications are stored and listed, but not published',
  }),
});
export const MuteList = Type.Object({ data: mutes });
export const MuteAnswer = Type.Object({ success: Type.Literal(true), data: mutes });
