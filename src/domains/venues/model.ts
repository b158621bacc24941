import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { maxNameLength, Name } from '../../protocol/name.ts';
import { Nullable } from '../../protocol/nullable.ts';
import { described } from '../../protocol/schemas/described.ts';
import { Instant } from '../../protocol/schemas/instant.ts';
import { unreadCount } from '../../protocol/schemas/notifications.ts';
import { pageFields } from '../../protocol/schemas/paging.ts';
import { Text, Word } from '../../protocol/schemas/text.ts';
import { writtenFields } from '../../protocol/schemas/written.ts';
import { maxChannelLength } from '../../protocol/wire/channel-name.ts';

const Id = Word(100, '^(?!updates$)[A-Za-z0-9_.~-]{1,100}$', {
  description: 'made by the server when left out; with one, a request can be repeated: the second gets 409',
});
const Time = Instant();
const Status = Type.Union([Type.Literal('active'), Type.Literal('inactive')]);
const Details = Type.Record(Type.String(), Type.Unknown());
const excludeUserId = Type.Optional(
  Text(maxNameLength, {
    description: 'the user who is not to hear of this: the author, whose screen shows it already',
  }),
);

const venueFields = {
  name: Text(200),
  description: Text(10_000, { minLength: 0 }),
  address: Text(500, { minLength: 0 }),
  status: Status,
};
export const NewVenue = Type.Object({
  ...Type.Partial(Type.Object(venueFields)).properties,
  name: venueFields.name,
  id: Type.Optional(Id),
  ownerId: Type.Optional(Name),
  excludeUserId,
});
export type NewVenue = Static<typeof NewVenue>;

export const VenueChange = Type.Object(
  { ...Type.Partial(Type.Object(venueFields)).properties, excludeUserId },
  { minProperties: 1 },
);
export type VenueChange = Static<typeof VenueChange>;

const Rating = Type.Integer({ minimum: 1, maximum: 5, description: '1 empty, 5 full' });

export const NewVibeCheck = Type.Object({
  id: Type.Optional(Id),
  rating: Type.Optional(Rating),
  busyness: Type.Optional(described(Rating, 'the earlier name of `rating`')),
  comment: Type.Optional(Text(1_000, { minLength: 0 })),
  excludeUserId,
});
export type NewVibeCheck = Static<typeof NewVibeCheck>;

const promotionFields = {
  title: Text(200),
  description: Text(10_000, { minLength: 0 }),
  startDate: Time,
  endDate: Time,
};
/** The names that these fields had; whatever the screens of last year send is taken. */
const earlierNames = {
  startsAt: Type.Optional(Instant({ description: 'the earlier name of `startDate`' })),
  endsAt: Type.Optional(Instant({ description: 'the earlier name of `endDate`' })),
};

export const NewPromotion = Type.Object({
  ...Type.Partial(Type.Object(promotionFields)).properties,
  ...earlierNames,
  title: promotionFields.title,
  id: Type.Optional(Id),
  excludeUserId,
});
export type NewPromotion = Static<typeof NewPromotion>;

export const PromotionChange = Type.Object(
  { ...Type.Partial(Type.Object(promotionFields)).properties, ...earlierNames, excludeUserId },
  { minProperties: 1 },
);
export type PromotionChange = Static<typeof PromotionChange>;

const NewNotification = Type.Object({
  id: Type.Optional(Id),
  type: Type.Optional(Text(100)),
  title: Text(500),
  message: Text(10_000),
  data: Type.Optional(Details),
  createdAt: Type.Optional(
    Instant({ description: 'as clients of the team send it; the time of the server counts' }),
  ),
});
export type NewNotification = Static<typeof NewNotification>;

/** The commands of the control address. */
export const Command = Type.Union([
  Type.Object({
    action: Type.Literal('broadcast'),
    channel: Text(maxChannelLength),
    data: Details,
    excludeUserId,
  }),
  Type.Object({ action: Type.Literal('notify'), userId: Name, data: NewNotification }),
]);
export type Command = Static<typeof Command>;

export const Venue = Type.Object({
  id: Type.String(),
  ...venueFields,
  ownerId: Nullable(Type.String()),
  createdAt: Time,
  updatedAt: Time,
  updatedBy: Type.String(),
});
export const VibeCheck = Type.Object({
  id: Type.String(),
  venueId: Type.String(),
  userId: Nullable(Type.String()),
  rating: Type.Integer(),
  comment: Type.String(),
  createdAt: Time,
});
export const Promotion = Type.Object({
  id: Type.String(),
  venueId: Type.String(),
  ...promotionFields,
  createdAt: Time,
  updatedAt: Time,
  updatedBy: Type.String(),
});
export const Notification = Type.Object({
  id: Type.String(),
  userId: Type.String(),
  type: Type.String(),
  title: Type.String(),
  message: Type.String(),
  data: Details,
  createdAt: Time,
  readAt: Nullable(Time),
});

const position = Type.String({ description: 'to subscribe from: everything after it is not in `data` yet' });
export const VenueList = Type.Object({
  data: Type.Array(Venue),
  position,
  ...pageFields,
});
export const VenueScreen = Type.Object({
  data: Type.Object({
    ...Venue.properties,
    vibeChecks: Type.Array(VibeCheck, { description: 'the latest 50' }),
    promotions: Type.Array(Promotion, { description: 'those that run now, at most 100' }),
    upcoming: Type.Array(Promotion, { description: 'those that begin later, the next first, at most 100' }),
  }),
  position: described(position, `${position.description}; a vector over its three channels`),
});
export const NotificationList = Type.Object({
  data: Type.Array(Notification, { description: 'the latest first' }),
  unread: unreadCount,
  ...pageFields,
  position,
});

export const NotificationAnswer = Type.Object({
  success: Type.Literal(true),
  data: Notification,
  ...writtenFields,
});

const receiptFields = {
  success: Type.Literal(true),
  channel: Type.String(),
  offset: Type.Integer({
    description:
      "the publication's place in the channel; 0 where nothing was published, since its user has muted it",
  }),
  delivered: Type.Integer({ description: 'sessions of this process it went to' }),
  ...writtenFields,
};
export const WriteReceipt = Type.Object(receiptFields);
export type WriteReceipt = Static<typeof WriteReceipt>;

/** The answer of a write: its receipt, and the row as it is published. */
export const Written = <Row extends TSchema>(row: Row) => Type.Object({ ...receiptFields, data: row });

export const SocketStatus = Type.Object({
  success: Type.Literal(true),
  status: Type.Literal('running'),
  connectedClients: Type.Integer({ description: 'sessions of this process' }),
  subscriptions: Type.Integer({ description: 'sessions × channels they read' }),
  activeChannels: Type.Array(Type.String(), { description: 'namespaces with subscribers in this process' }),
  timestamp: Time,
});
