import type { Deployment } from '../deployment/deployment.ts';

interface Reached {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

/**
 * The response of an operator's route, from a running server: with the token given, or with a key of the environment
 * that has the scope `operate`. Rejects with the reason of the server where it refuses.
 */
export async function askOperator<Body>(
  { config, secrets }: Pick<Deployment, 'config' | 'secrets'>,
  { url = `http://127.0.0.1:${config.port}`, token }: Reached,
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
  method: 'GET' | 'DELETE' = 'GET',
): Promise<Body> {
  const address = new URL(path, url);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, value);
  }
  const key = secrets.serviceKeys.find(({ scopes }) => scopes.includes('operate'));
  const credentials =
    token === undefined ? { ...(key && { 'x-api-key': key.key }) } : { authorization: `Bearer ${token}` };
  const response = await fetch(address, { method, headers: credentials }).catch((cause: unknown) => {
    throw new Error(`No server answers at ${address.origin}: start one, or name it with --url.`, { cause });
  });
  const body = (await response.json()) as { readonly code?: string; readonly detail?: string };
  if (response.ok) return body as Body;
  throw new Error(
    `The server refuses (${body.code ?? response.status}): ${body.detail ?? response.statusText}`,
  );
}
