/**
 * The time until which each user's tokens have been withdrawn; it survives every process. Throws AppError
 * `database_unavailable`.
 */
export interface RevocationStore {
  /** Withdraws the user's tokens issued until now. Returns that time, in milliseconds since the Unix epoch. */
  revoke(userId: string): Promise<number>;
  /** By user id, in milliseconds since the Unix epoch. */
  read(): Promise<ReadonlyMap<string, number>>;
}
