import { type Static, Type } from '@sinclair/typebox';
import { and, desc, eq, inArray } from 'drizzle-orm';
import { described } from '../../../protocol/schemas/described.ts';
import { Text, Word } from '../../../protocol/schemas/text.ts';
import { type Principal, servicePrincipal } from '../../../realtime/principal.ts';
import { withPrincipal } from '../../principal.ts';
import { realtimeDevices as table } from '../../schema/devices.ts';
import { nowOf, type Tracking } from '../../tracking.ts';

const Token = Word(4_096, '^[A-Za-z0-9_:%.~-]{20,4096}$', {
  description: 'the registration token of Firebase Cloud Messaging',
});

/** An installation of the app as it registers itself at each start. */
export const Device = Type.Object({
  token: Token,
  platform: Type.Union([Type.Literal('android'), Type.Literal('ios'), Type.Literal('web')]),
  appVersion: Type.Optional(described(Text(100), 'such as 2.4.1')),
});
export type Device = Static<typeof Device>;

export const DeviceToken = Type.Object({ token: Token });

type Tables = Pick<Tracking, 'database' | 'members' | 'clock'>;

/** The most devices of one person; those seen last are kept. */
const maxDevices = 20;

/** Registers an installation for this person, also where it was another one's. A repeat says that it was seen. */
export function saveDevice(
  tracking: Tables,
  { userId }: Pick<Principal, 'userId'>,
  { token, platform, appVersion }: Device,
): Promise<void> {
  // The service writes it: the installation may have been another person's, whose row nobody else sees.
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const set = {
      userId,
      platform,
      appVersion,
      seenAt: nowOf(tracking),
    };
    await tx
      .insert(table)
      .values({ token, ...set })
      .onConflictDoUpdate({ target: table.token, set });
    const kept = tx
      .select({ token: table.token })
      .from(table)
      .where(eq(table.userId, userId))
      .orderBy(desc(table.seenAt), table.token)
      .offset(maxDevices);
    await tx.delete(table).where(inArray(table.token, kept));
  });
}

/** Removes an installation of this person, as at sign-out; no error where there is none such. */
export function removeDevice(
  tracking: Tables,
  { userId }: Pick<Principal, 'userId'>,
  token: string,
): Promise<void> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    await tx.delete(table).where(and(eq(table.token, token), eq(table.userId, userId)));
  });
}

export type RegisteredDevice = Pick<typeof table.$inferSelect, 'token' | 'platform' | 'appVersion'>;

export function readDevices(tracking: Tables, userId: string): Promise<readonly RegisteredDevice[]> {
  const { token, platform, appVersion } = table;
  return withPrincipal(tracking, servicePrincipal, (tx) =>
    tx.select({ token, platform, appVersion }).from(table).where(eq(table.userId, userId)),
  );
}
