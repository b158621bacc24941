/** When a statement is ended, in the order in which it happens. Milliseconds. */
export interface StatementLimits {
  /** The server gives up waiting for a lock. */
  readonly lockMs: number;
  /** The server ends the statement. */
  readonly statementMs: number;
  /** The client asks the server to cancel, for servers that took none of the settings. */
  readonly cancelMs: number;
  /** The client closes the connection; the outcome of a write is then unknown. */
  readonly giveUpMs: number;
  /** The server ends a transaction whose client is silent. */
  readonly idleMs: number;
}

/** The server's limits lie before the client's, so that a refusal arrives while the client still waits for it. */
export function statementLimits(queryTimeoutMs: number): StatementLimits {
  const part = (share: number) => Math.max(1, Math.round(queryTimeoutMs * share));
  return {
    lockMs: part(0.7),
    statementMs: part(0.8),
    cancelMs: part(0.9),
    giveUpMs: queryTimeoutMs,
    idleMs: 3 * queryTimeoutMs,
  };
}

/** The limits as startup parameters, which hold for every statement of a connection. */
export const startupLimits = ({ lockMs, statementMs, idleMs }: StatementLimits) => ({
  lock_timeout: lockMs,
  statement_timeout: statementMs,
  idle_in_transaction_session_timeout: idleMs,
});

/** The limits as settings of one transaction, which hold behind a pooler too. */
export const localLimits = (limits: StatementLimits) =>
  Object.entries(startupLimits(limits))
    .map(([name, ms]) => `set local ${name} = ${ms}`)
    .join('; ');
