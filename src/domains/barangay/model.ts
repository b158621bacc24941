import { type Static, Type } from '@sinclair/typebox';
import { UserId } from '../../protocol/name.ts';
import { unreadCount } from '../../protocol/schemas/notifications.ts';
import { Integer } from '../../protocol/schemas/number.ts';
import { pageFields } from '../../protocol/schemas/paging.ts';
import { Text, Word } from '../../protocol/schemas/text.ts';
import { writtenFields } from '../../protocol/schemas/written.ts';

export const RowId = Integer({ minimum: 1 });
const EventType = Word(64, '^[a-z][a-z0-9_]{0,63}$', {
  description: 'what happened: created, updated, status_changed, record_added, …',
});

export const HearingBroadcast = Type.Object({ hearingId: RowId, eventType: EventType });
export type HearingBroadcast = Static<typeof HearingBroadcast>;

export const CaseBroadcast = Type.Object({ caseId: RowId, eventType: EventType });
export type CaseBroadcast = Static<typeof CaseBroadcast>;

export const PersonBroadcast = Type.Object({
  personId: Text(64, { description: "the person's code" }),
  eventType: EventType,
  data: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: 'the record that was added' }),
  ),
});
export type PersonBroadcast = Static<typeof PersonBroadcast>;

export const NotificationBroadcast = Type.Object({
  userId: UserId,
  notification: Type.Object({
    title: Text(500),
    message: Text(10_000),
    type: Type.Optional(Text(100)),
    caseId: Type.Optional(RowId),
  }),
});
export type NotificationBroadcast = Static<typeof NotificationBroadcast>;

export const BroadcastReceipt = Type.Object({
  success: Type.Literal(true),
  channel: Type.String(),
  offset: Type.Integer({
    description:
      "the publication's place in the channel; 0 where nothing was published, since its user has muted it",
  }),
  delivered: Type.Integer({ description: 'sessions of this process it went to' }),
  ...writtenFields,
});
export type BroadcastReceipt = Static<typeof BroadcastReceipt>;

const Row = Type.Record(Type.String(), Type.Unknown(), {
  description: 'a row of the table, its columns in camelCase',
});
export const RowList = Type.Object({
  data: Type.Array(Row, { description: 'the largest ids first' }),
  position: Type.String({
    description:
      'epoch:offset of the channel: everything after it is not in `data` yet. Follow from that of the first page.',
  }),
  ...pageFields,
});

export const OwnCaseList = Type.Object({
  data: Type.Array(Row, { description: 'the largest ids first' }),
  position: Type.String({ description: 'of `my_cases`: everything after it is not in `data` yet' }),
  ...pageFields,
});
export const CaseRow = Type.Object({
  data: Row,
  position: Type.String({ description: 'of `case:{id}`; subscribe with it as since' }),
});

const NotificationRow = Type.Record(Type.String(), Type.Unknown(), {
  description: 'the row of `notifications`, its columns in camelCase',
});
export const NotificationList = Type.Object({
  data: Type.Array(NotificationRow, { description: 'the newest first' }),
  unread: unreadCount,
  position: Type.String({ description: 'of `notifications`: everything after it is not in `data` yet' }),
  ...pageFields,
});
export const NotificationAnswer = Type.Object({
  success: Type.Literal(true),
  data: NotificationRow,
  ...writtenFields,
});
