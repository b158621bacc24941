import { type Static, type TUnsafe, Type } from '@sinclair/typebox';
import { Name } from '../../protocol/name.ts';
import { Nullable } from '../../protocol/nullable.ts';
import { Integer } from '../../protocol/schemas/number.ts';
import { pageFields } from '../../protocol/schemas/paging.ts';
import { Text, Uuid, Word } from '../../protocol/schemas/text.ts';
import { writtenFields } from '../../protocol/schemas/written.ts';
import { actions, statuses } from './statuses.ts';

/** One segment of a channel's name. */
export const CaseId = Word(64, '^[A-Za-z0-9._~-]{1,64}$');
export const Instant = Type.String({ description: 'ISO 8601, UTC' });

/** A closed set of words. A union made of an array is `never` to Elysia, hence the cast. */
export const oneOf = <const Word extends string>(words: readonly Word[]) =>
  Type.Union(words.map((word) => Type.Literal(word))) as unknown as TUnsafe<Word>;

export const Status = oneOf(statuses);
const Priority = oneOf(['routine', 'urgent', 'emergency']);
/** A fencing token, within the integers that JSON carries exactly. */
const Token = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'of the lock on this case; needed while it is locked',
});
const Version = Integer({
  minimum: 1,
  description: 'refused when the case is no longer at it',
});

export const CaseParameters = Type.Object({ id: CaseId });

export const NewCase = Type.Object({
  patientName: Text(200),
  complaint: Text(5_000),
  village: Type.Optional(Text(200)),
  priority: Type.Optional(Priority),
  workerId: Type.Optional(Name),
});
export type NewCase = Static<typeof NewCase>;

export const Case = Type.Object({
  caseId: CaseId,
  status: Status,
  /** Raised by every change. */
  version: Type.Integer(),
  workerId: Type.String(),
  clinicianId: Nullable(Type.String()),
  patientName: Type.String(),
  complaint: Type.String(),
  village: Nullable(Type.String()),
  priority: Priority,
  updatedBy: Type.String(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type Case = Static<typeof Case>;

const guard = { version: Type.Optional(Version), fencingToken: Type.Optional(Token) };

export const CaseEdit = Type.Object(
  {
    patientName: Type.Optional(Text(200)),
    complaint: Type.Optional(Text(5_000)),
    village: Type.Optional(Nullable(Text(200))),
    priority: Type.Optional(Priority),
    ...guard,
  },
  { minProperties: 1 },
);
export type CaseEdit = Static<typeof CaseEdit>;

export const Assignment = Type.Object(
  {
    clinicianId: Type.Optional(
      Type.Union([Name, Type.Null()], { description: 'null gives the case back to all clinicians' }),
    ),
    workerId: Type.Optional(Name),
    ...guard,
  },
  { minProperties: 1 },
);
export type Assignment = Static<typeof Assignment>;

export const ActionChange = Type.Object({
  caseId: CaseId,
  action: oneOf(actions),
  ...guard,
});
export type ActionChange = Static<typeof ActionChange>;

export const Review = Type.Object({
  reviewId: Type.String(),
  clinicianId: Type.String(),
  assessment: Type.String(),
  advice: Nullable(Type.String()),
  status: Status,
  createdAt: Instant,
});
export type Review = Static<typeof Review>;

export const StatusChange = Type.Object({
  caseId: CaseId,
  status: Status,
  version: Type.Optional(Version),
  fencingToken: Type.Optional(Token),
});
export type StatusChange = Static<typeof StatusChange>;

export const ClinicianReview = Type.Object({
  assessment: Text(10_000),
  advice: Type.Optional(Text(10_000)),
  status: Type.Optional(oneOf(['REVIEWED', 'COMPLETED'])),
  version: Type.Optional(Version),
  fencingToken: Type.Optional(Token),
});
export type ClinicianReview = Static<typeof ClinicianReview>;

export const CaseAnswer = Type.Object({ success: Type.Literal(true), data: Case, ...writtenFields });
export const CaseDetail = Type.Object({
  data: Type.Composite([
    Case,
    Type.Object({
      reviews: Type.Array(Review),
      steps: Type.Array(Status, { description: 'the statuses that the caller may give it now' }),
    }),
  ]),
  position: Type.String({ description: 'of clinic_case:{id}; subscribe with it as since' }),
});
export type CaseDetail = Static<typeof CaseDetail>;
export const CaseList = Type.Object({
  data: Type.Array(Case, { description: 'the latest changed first' }),
  ...pageFields,
  position: Type.String({ description: 'of clinic_cases, or of clinic_my_cases for a health worker' }),
});

const SessionId = Word(64, '^[!-~]{1,64}$', {
  description: 'clientId of your connection: the lock ends with it; without a connection, any name of yours',
});
const LockHolder = Type.Object({ userId: Type.String(), sessionId: Type.String(), expiresAt: Instant });
const Lease = Type.Object({
  name: Type.String({ description: 'the channel on which changes of the lock are published' }),
  token: Type.Integer({ description: 'fencing token of the holder, or of the last one' }),
  holder: Nullable(LockHolder),
});

export const LockRequest = Type.Object({
  sessionId: SessionId,
  wait: Type.Optional(
    Type.Boolean({ description: 'true: take a place in the queue while another holds it' }),
  ),
});
export const LockRenewal = Type.Object({ sessionId: SessionId, token: Token });
export const LockRelease = Type.Object({ sessionId: SessionId });

export const LockAnswer = Type.Object({
  success: Type.Literal(true),
  held: Type.Boolean(),
  lock: Lease,
  position: Type.Optional(Type.Integer({ description: 'place in the queue, from 1' })),
});
export const LockState = Type.Object({ data: Lease });
export const LockReleased = Type.Object({ success: Type.Literal(true), released: Type.Boolean() });

export const NewNotification = Type.Object({
  userId: Name,
  title: Text(200),
  message: Text(5_000),
  caseId: Type.Optional(CaseId),
});
export type NewNotification = Static<typeof NewNotification>;

export const Notification = Type.Object({
  notificationId: Type.String(),
  title: Type.String(),
  message: Type.String(),
  caseId: Nullable(CaseId),
  sentBy: Type.String(),
  readAt: Nullable(Instant),
  createdAt: Instant,
});
export type Notification = Static<typeof Notification>;

export const NotificationList = Type.Object({
  data: Type.Array(Notification, { description: 'the newest first' }),
  ...pageFields,
  unread: Type.Integer({ description: 'how many are not read, of all' }),
  position: Type.String({ description: 'of clinic_notifications' }),
});
export const NotificationAnswer = Type.Object({
  success: Type.Literal(true),
  data: Notification,
  ...writtenFields,
});
export const NotificationParameters = Type.Object({ id: Uuid() });
