import { AppError } from '../errors.ts';

/**
 * A statement the server refused. Postgres puts values of the statement into `detail`, and for data errors into the
 * message too, so only what cannot hold one is kept: this error may be logged as it is.
 */
export class QueryError extends Error {
  readonly sqlState: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;

  constructor(sqlState: string, report: ServerReport) {
    super(`${safeMessage(sqlState, report)} (SQLSTATE ${sqlState})`);
    this.name = 'QueryError';
    this.sqlState = sqlState;
    this.constraint = report.constraint;
    this.table = report.table;
  }
}

/** The SQLSTATE of a database error, however deep it is wrapped; undefined for any other error. */
export function sqlState(thrown: unknown): string | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if (error instanceof QueryError) return error.sqlState;
    const code = (error as ServerReport).code;
    if (isServerReport(error) && code) return code;
  }
  return undefined;
}

/** What callers see of a failure in the driver: `database_unavailable`, a QueryError, or the error unchanged. */
export function databaseError(thrown: unknown, connectionLost: boolean): unknown {
  if (thrown instanceof AppError || thrown instanceof QueryError) return thrown;
  if (connectionLost || isUnavailable(thrown)) return unavailable(thrown);
  return isServerReport(thrown) ? new QueryError(thrown.code, thrown) : thrown;
}

/** Whether the connection can no longer be trusted to be between two statements. */
export function breaksConnection(thrown: unknown): boolean {
  return !isServerReport(thrown) || thrown.severity === 'FATAL' || isUnavailable(thrown);
}

export function unavailable(thrown: unknown): AppError {
  // The Neon driver throws WebSocket events, which would drag the whole socket into the log.
  const cause = thrown instanceof Error ? thrown : new Error(describe(thrown));
  return new AppError('database_unavailable', 'The database did not answer in time.', {
    cause: isServerReport(cause) ? new QueryError(cause.code, cause) : cause,
    retryAfterMs: 2_000,
  });
}

/** The fields of a driver's error that came from the server's ErrorResponse. */
interface ServerReport {
  readonly message: string;
  readonly code?: string;
  readonly severity?: string;
  readonly constraint?: string;
  readonly table?: string;
}

function isServerReport(thrown: unknown): thrown is ServerReport & { code: string } {
  if (!(thrown instanceof Error)) return false;
  const { code, severity } = thrown as ServerReport;
  return typeof code === 'string' && code.length === 5 && typeof severity === 'string';
}

/** Connection trouble, shutdown, too many connections, and statements cut off by a time limit. */
const unavailableStates = /^(08...|57P0.|57014|53300)$/;
/** Neither driver gives these failures of its own a code. */
const unavailableMessages = /^(Query read timeout|Connection terminated|timeout exceeded|timeout expired)/;

function isUnavailable(thrown: unknown): boolean {
  if (isServerReport(thrown)) return unavailableStates.test(thrown.code);
  if (!(thrown instanceof Error)) return false;
  // `syscall` is what errors of the operating system have: refused, reset, unreachable, unknown host.
  return 'syscall' in thrown || unavailableMessages.test(thrown.message);
}

/** Classes whose messages name objects of the schema or the server, never values of a statement. */
const namesOnly = /^(0A|25|3D|3F|40|42|53|54|55|57|58|XX)/;

function safeMessage(state: string, report: ServerReport): string {
  if (namesOnly.test(state)) return report.message;
  return report.constraint ? `The statement violates ${report.constraint}` : 'The statement was refused';
}

function describe(thrown: unknown): string {
  const message = (thrown as { message?: unknown } | null)?.message;
  return typeof message === 'string' && message ? message : 'connection failed';
}
