import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

/** Fields that can hold a credential are removed wherever they stand in a logged object. */
const secretPaths = ['token', 'authorization', 'apiKey', 'password', 'secret', 'params'].flatMap((field) => [
  field,
  `*.${field}`,
  `*.*.${field}`,
]);

/** One JSON line per entry on standard output; `child({name})` names the part that speaks. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = { level, base: null, redact: { paths: secretPaths, censor: '[secret]' } };
  return destination ? pino(options, destination) : pino(options);
}
