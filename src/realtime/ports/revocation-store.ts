/**
 * The time until which each user's tokens have been withdrawn; it survives every process. Throws AppError
 * `database_unavailable`.
 */
export interface RevocationStore {
  /** Withdraws the user's tokens issued until now. Returns that time, in milliseconds since the Unix epoch. */
  revoke(userId: string): Promise<number>;
  /** By user id, or the concealed name of one; in milliseconds since the Unix epoch. */
  read(): Promise<ReadonlyMap<string, number>>;
  /** Keeps the user's revocation under its concealed name alone. */
  conceal(userId: string): Promise<void>;
  /** Returns a name that tells the user only to somebody who knows the id. */
  concealed(userId: string): string;
}
