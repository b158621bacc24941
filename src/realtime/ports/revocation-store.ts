/** Until when the tokens of whom have been withdrawn; survives every process. Throws AppError `database_unavailable`. */
export interface RevocationStore {
  /** Withdraws the user's tokens issued until now. Answers that time, in milliseconds since the Unix epoch. */
  revoke(userId: string): Promise<number>;
  /** By user id, in milliseconds since the Unix epoch. */
  read(): Promise<ReadonlyMap<string, number>>;
}
