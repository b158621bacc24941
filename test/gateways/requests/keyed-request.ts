import type { TestService } from '../../support/services/service.ts';

/** A legal request of a route that takes an `Idempotency-Key`, and another one that differs from it. */
export interface KeyedRequest {
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
/** Brings about what both need, and returns them. */
export type Requests = (service: TestService) => Promise<readonly [KeyedRequest, KeyedRequest]>;

/** The row that a route made. */
export async function created(
  service: TestService,
  path: string,
  body: object,
  headers: KeyedRequest['headers'] = {},
): Promise<Readonly<Record<string, string>>> {
  const answer = await service.post(path, body, headers);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return (answer.body as { readonly data: Readonly<Record<string, string>> }).data;
}

/** Two bodies for one path. */
export const bodies =
  (path: string, body: object, other: object, headers: KeyedRequest['headers'] = {}): Requests =>
  async () => [
    { path, body, headers },
    { path, body: other, headers },
  ];
