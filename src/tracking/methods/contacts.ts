import { type Static, Type } from '@sinclair/typebox';
import { eq } from 'drizzle-orm';
import { Word } from '../../protocol/schemas/text.ts';
import { servicePrincipal } from '../../realtime/principal.ts';
import { withPrincipal } from '../principal.ts';
import { realtimeContacts } from '../schema/contacts.ts';
import { nowOf, type Tracking } from '../tracking.ts';

/** A phone number in the international form of E.164. */
export const PhoneNumber = Word(16, '^\\+[1-9][0-9]{6,14}$', {
  description: 'E.164, such as +639171234567',
});
/** An e-mail address without a name; none of its characters means anything to a header or an envelope. */
const EmailAddress = Word(254, '^[^\\s@<>()\\[\\]",;:\\\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$');

/** The addresses to change; null removes one. */
export const Contact = Type.Object({
  phone: Type.Optional(Type.Union([PhoneNumber, Type.Null()])),
  email: Type.Optional(Type.Union([EmailAddress, Type.Null()])),
});
export type Contact = Static<typeof Contact>;

type Tables = Pick<Tracking, 'database' | 'members' | 'clock'>;

/** Writes the addresses of a person, on behalf of those who keep the records. */
export function saveContact(tracking: Tables, userId: string, contact: Contact): Promise<void> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const set = { ...contact, updatedAt: nowOf(tracking) };
    await tx
      .insert(realtimeContacts)
      .values({ userId, ...set })
      .onConflictDoUpdate({ target: realtimeContacts.userId, set });
  });
}

/** Returns the e-mail address of a person. */
export function readEmail(tracking: Tables, userId: string): Promise<string | null> {
  return withPrincipal(tracking, servicePrincipal, async (tx) => {
    const { email } = realtimeContacts;
    const [row] = await tx
      .select({ email })
      .from(realtimeContacts)
      .where(eq(realtimeContacts.userId, userId));
    return row?.email ?? null;
  });
}
