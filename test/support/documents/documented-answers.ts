import { expect } from 'bun:test';
import { callerOf, type Example, provoked, refusals } from '../../gateways/documents/openapi-examples.ts';
import type { TestService } from '../services/service.ts';
import { openApiDocument } from './openapi-document.ts';

interface Documented {
  /** The routes that are meant. */
  readonly of?: RegExp;
  /** For each of them, requests that bring about every status it is said to answer. */
  readonly examples: Readonly<Record<string, readonly Example[]>>;
  /** Whether nobody is ever forbidden this one, whatever a route of its kind can answer. */
  readonly forbidsNobody?: (route: string) => boolean;
  /** A status of another server, which another test sees. */
  readonly elsewhere?: string;
}

/**
 * Sends every example, and holds what is answered against /openapi: no route without one, no status more or less. No
 * failure is sniffed.
 */
export async function expectDocumented(
  service: TestService,
  { of = /./, examples, forbidsNobody = () => false, elsewhere }: Documented,
): Promise<void> {
  const { operations, faults } = await openApiDocument(service);
  const meant = Object.keys(operations).filter((route) => of.test(route));
  expect(Object.keys(examples).sort()).toEqual(meant.sort());
  for (const [route, requests] of Object.entries(examples)) {
    const [method = ''] = route.split(' ');
    const operation = operations[route] ?? { responses: {} };
    expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] });
    const seen = new Set<string>();
    for (const request of [...requests, ...refusals(route, operation)]) {
      const answer = await request(callerOf(service, method));
      seen.add(String(answer.status));
      expect({ route, faults: await faults(route, answer) }).toEqual({ route, faults: '' });
      if (answer.status >= 400) {
        expect([route, answer.headers.get('x-content-type-options')]).toEqual([route, 'nosniff']);
      }
      if (!answer.bodyUsed) await answer.body?.cancel();
    }
    const said = Object.keys(operation.responses).filter(
      (status) => status !== elsewhere && (status !== '403' || !forbidsNobody(route)),
    );
    expect({ route, seen: provoked(seen) }).toEqual({ route, seen: provoked(said) });
  }
}
