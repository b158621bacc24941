import { AppError } from '../../../errors.ts';
import type { GroupRole } from './model.ts';

/** A person's standing in a group channel that they may know of. */
export interface Standing {
  /** Null for who is no member. */
  readonly role: GroupRole | null;
  /** They see all of the school: a principal, a director, an administrator, or the service. */
  readonly supervises: boolean;
}

/** Takes part: sends, reacts, and reads messages. */
export const isMember = ({ role }: Standing): boolean => role !== null;

/** Removes messages of others, adds members. */
export const moderates = ({ role, supervises }: Standing): boolean =>
  role === 'owner' || role === 'moderator' || (supervises && role !== null);

/** Changes and archives the channel, gives roles. */
export const governs = ({ role, supervises }: Standing): boolean => role === 'owner' || supervises;

/** Throws `forbidden`. */
export function demand(may: boolean, refusal: string): void {
  if (!may) throw new AppError('forbidden', refusal);
}

export const notMember = 'Only members of this channel may do this. Join it first.';
export const notModerator = 'Only the owner and moderators of this channel may do this.';
export const notOwner = 'Only an owner of this channel, or who leads the school, may do this.';
