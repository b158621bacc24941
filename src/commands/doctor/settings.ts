import type { Deployment } from '../deployment/deployment.ts';
import { type Finding, fault, ok, reasonOf, warning } from './finding.ts';

/** Looks at the configuration without a connection: channels, identity, origins, limits against each other. */
export async function lookAtSettings(deployment: Deployment): Promise<readonly Finding[]> {
  return [
    ...deployment.warnings.map((text) =>
      warning('settings', text, 'set what it names, or leave it knowingly'),
    ),
    channels(deployment),
    ...(await identity(deployment)),
    origins(deployment),
    ...limits(deployment),
  ];
}

function channels({ file, configured, config }: Deployment): Finding {
  const count = Object.keys(file?.value.channels ?? {}).length;
  const domains = config.domains.length > 0 ? `, domains ${config.domains.join(', ')}` : '';
  if (!configured && config.domains.length === 0) {
    return warning('channels', 'no channel is declared, so nobody can subscribe', 'tambuli init');
  }
  const found = file ? `${count} in ${file.path}${domains}` : domains.slice(2);
  return ok('channels', found);
}

const answerMs = 5_000;

async function identity({ config, secrets }: Deployment): Promise<readonly Finding[]> {
  const { mode, jwksUrl } = config.auth;
  if (mode === 'insecure') return [];
  const findings: Finding[] = [];
  if (secrets.jwtKeys.length > 0) findings.push(ok('tokens', `HS256, ${secrets.jwtKeys.length} key(s)`));
  if (jwksUrl !== undefined) findings.push(await publicKeys(jwksUrl));
  if (secrets.serviceKeys.length > 0) {
    const ids = secrets.serviceKeys.map(({ id, scopes }) => `${id} (${scopes.join(', ')})`);
    findings.push(ok('service keys', ids.join('; ')));
  } else {
    findings.push(
      warning(
        'service keys',
        'none, so backends publish by SQL alone',
        'set SERVICE_API_KEY: openssl rand -hex 32',
      ),
    );
  }
  return findings;
}

async function publicKeys(url: string): Promise<Finding> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMs) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { keys } = (await response.json()) as { readonly keys?: readonly unknown[] };
    if (!Array.isArray(keys) || keys.length === 0) throw new Error('no "keys" in it');
    return ok('public keys', `${keys.length} at ${url}`);
  } catch (error) {
    return fault('public keys', `${url}: ${reasonOf(error)}`, `curl ${url}, and correct JWKS_URL`);
  }
}

function origins({ config }: Deployment): Finding {
  const { listed, local } = config.origins;
  if (listed.includes('*')) {
    return warning(
      'origins',
      'every page may use the server',
      'list the origins of your pages in CORS_ORIGINS',
    );
  }
  if (listed.length > 0) return ok('origins', listed.join(', '));
  if (local) return ok('origins', 'pages of this machine, as in development');
  return warning(
    'origins',
    'only pages of the server’s own address may connect',
    'list the origins of your pages in CORS_ORIGINS, if browsers are to connect',
  );
}

/** OkHttp clients stop waiting for an answer after this time. Milliseconds. */
const clientPatienceMs = 10_000;
/** Many proxies close a connection that was silent for so long. Milliseconds. */
const proxyPatienceMs = 60_000;

function limits({ config }: Deployment): readonly Finding[] {
  const { limits, database, headCheckMs, retention } = config;
  const findings: Finding[] = [];
  if (limits.heartbeatMs >= proxyPatienceMs) {
    const found = `HEARTBEAT_MS is ${limits.heartbeatMs}, and proxies close what is silent for 60 s`;
    findings.push(warning('limits', found, 'set HEARTBEAT_MS below 60000, such as 25000'));
  }
  if (database.connectTimeoutMs + database.queryTimeoutMs > clientPatienceMs) {
    const found = 'CONNECT_TIMEOUT_MS and QUERY_TIMEOUT_MS together are longer than phones wait (10 s)';
    findings.push(warning('limits', found, 'lower one of them'));
  }
  if (limits.frameBytes > limits.sendBufferBytes) {
    const found = 'LIMIT_FRAME_BYTES is larger than LIMIT_SEND_BUFFER_BYTES';
    findings.push(warning('limits', found, 'lower LIMIT_FRAME_BYTES: no reader can be sent so much'));
  }
  if (limits.authTimeoutMs > 2 * limits.heartbeatMs) {
    const found = 'AUTH_TIMEOUT_MS is longer than twice HEARTBEAT_MS';
    findings.push(
      warning('limits', found, 'lower AUTH_TIMEOUT_MS: the heartbeat closes such a socket before'),
    );
  }
  if (retention.ageMs < 12 * headCheckMs) {
    const found = 'RETENTION_AGE_MS is not much longer than HEAD_CHECK_MS';
    findings.push(
      warning('limits', found, 'raise RETENTION_AGE_MS: what the broker lost is read from the log'),
    );
  }
  return findings.length > 0 ? findings : [ok('limits', 'do not contradict one another')];
}
