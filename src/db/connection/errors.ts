import { AppError, ExplainedError } from '../../errors.ts';
import type { ErrorCode } from '../../protocol/wire/codes.ts';

/**
 * A statement the server refused. Postgres puts values of the statement into `detail`, and for data errors into the
 * message too, so only what cannot hold one is kept: this error may be logged as it is.
 */
export class QueryError extends ExplainedError {
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

/**
 * The error that callers get for a failure in the driver: an AppError that says why the database cannot be used, a
 * QueryError, or the error unchanged. `sent`: the statement had left, so that a lost connection leaves its outcome
 * unknown.
 */
export function databaseError(thrown: unknown, connectionLost: boolean, sent = false): unknown {
  if (thrown instanceof AppError || thrown instanceof QueryError) return thrown;
  const refusal = isServerReport(thrown) ? refusals[thrown.code] : undefined;
  if (refusal && isServerReport(thrown)) {
    const [code, message] = refusal;
    return new AppError(code, message, { cause: new QueryError(thrown.code, thrown), retryAfterMs: 10_000 });
  }
  if (connectionLost || isUnavailable(thrown)) {
    return unavailable(thrown, { uncertain: sent && breaksConnection(thrown) });
  }
  return isServerReport(thrown) ? new QueryError(thrown.code, thrown) : thrown;
}

/** Refusals of the server for reasons that only its operator can remove. */
const refusals: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  '53100': ['database_full', 'The disk of the database is full; nothing was written.'],
  '25006': ['database_read_only', 'The database is read-only now; nothing was written.'],
};

/** Whether the connection can no longer be trusted to be between two statements. */
export function breaksConnection(thrown: unknown): boolean {
  return !isServerReport(thrown) || thrown.severity === 'FATAL' || brokenStates.test(thrown.code);
}

export function unavailable(
  thrown: unknown,
  {
    uncertain = false,
    cause = causeOf(thrown),
  }: { readonly uncertain?: boolean; readonly cause?: Error } = {},
): AppError {
  const message = uncertain
    ? 'The database was lost before it answered.'
    : 'The database did not answer in time.';
  return new AppError('database_unavailable', message, { cause, retryAfterMs: 2_000, uncertain });
}

/** The same error of a transaction that had not begun to commit: nothing of it happened. */
export function withoutDoubt(error: unknown): unknown {
  if (!(error instanceof AppError) || !error.uncertain) return error;
  return unavailable(error.cause);
}

/** The Neon driver throws WebSocket events, which would drag the whole socket into the log. */
function causeOf(thrown: unknown): Error {
  const cause = thrown instanceof Error ? thrown : new Error(describe(thrown));
  return isServerReport(cause) ? new QueryError(cause.code, cause) : cause;
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

/** Connection trouble, shutdown, too many connections. */
const brokenStates = /^(08...|57P0.|53300)$/;
/** These, and statements that a time limit of the server ended. */
const unavailableStates = /^(08...|57P0.|53300|57014|55P03)$/;
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
