import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Fields that can hold a credential are removed wherever they stand in a logged object. */
const secretPaths = ['token', 'authorization', 'apiKey', 'password', 'secret', 'params'].flatMap((field) => [
  field,
  `*.${field}`,
  `*.*.${field}`,
]);

/** Writes one JSON line per entry to standard output. `componentLogger` names the component that speaks. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, redact: { paths: secretPaths, censor: '[secret]' } };
  return destination ? pino(options, destination) : pino(options);
}

interface LoggerConfig {
  readonly logLevel: string;
  readonly environment: string;
}

/** The logger of a process: JSON, or in development lines for a person. */
export async function openLogger({ logLevel, environment }: LoggerConfig): Promise<Logger> {
  if (environment !== 'development') return createLogger(logLevel);
  // Production never loads it.
  const { default: pretty } = await import('pino-pretty');
  return createLogger(logLevel, pretty({ sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' }));
}

/** The logger of one component. An application's own logger keeps its name, and the component stands beside it. */
export function componentLogger(logger: Logger, name: string): Logger {
  return logger.child('name' in logger.bindings() ? { component: name } : { name });
}
