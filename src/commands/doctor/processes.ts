import { closeRedis, connectRedis } from '../../brokers/redis-connection.ts';
import { createLogger } from '../../logger.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { type Finding, fault, ok, reasonOf, warning } from './finding.ts';

const answerMs = 3_000;

/** Looks outside the database: at the broker, and at the server on this machine, if one runs. */
export async function lookAtProcesses(deployment: Deployment): Promise<readonly Finding[]> {
  return [...(await redis(deployment)), await server(deployment)];
}

async function redis({ config, secrets }: Deployment): Promise<readonly Finding[]> {
  const { redisUrl } = secrets;
  if (config.broker !== 'redis' || redisUrl === undefined) return [ok('broker', config.broker)];
  const ready = Promise.withResolvers<void>();
  const connection = connectRedis(redisUrl, createLogger('silent'), {
    onReady: () => ready.resolve(),
    onLost: () => ready.reject(new Error('no connection')),
  });
  let reason: string | undefined;
  connection.on('error', (error) => {
    reason = error.message;
  });
  const limit = setTimeout(() => ready.reject(new Error('no answer in time')), answerMs);
  try {
    await ready.promise;
    await connection.publish('tambuli:doctor', '');
    return [ok('broker', `redis at ${new URL(redisUrl).host}`)];
  } catch (error) {
    const found = `redis at ${new URL(redisUrl).host}: ${reason ?? reasonOf(error)}`;
    return [fault('broker', found, 'correct REDIS_URL, or unset it: Postgres then carries publications')];
  } finally {
    clearTimeout(limit);
    await closeRedis(connection);
  }
}

async function server({ config }: Deployment): Promise<Finding> {
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${config.port}`;
  let response: Response;
  try {
    response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(answerMs) });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return warning('server', `none answers at ${url}`, 'tambuli start');
  }
  if (response.ok) return ok('server', `ready at ${url}`);
  if (response.status === 404) {
    return fault('server', `another program answers at ${url}`, 'stop it, or set PORT');
  }
  const text = await response.text();
  return fault('server', `not ready at ${url}: ${text.slice(0, 200)}`, 'read its log');
}
