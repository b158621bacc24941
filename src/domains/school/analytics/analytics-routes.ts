import { Elysia } from 'elysia';
import type { AuthPlugin } from '../../../auth/plugin.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import type { Principal } from '../../../realtime/principal.ts';
import { Analytics, AnalyticsQuery, ExportQuery } from './analytics-model.ts';
import { readAnalytics } from './analytics-service.ts';
import { exportLines } from './export-service.ts';
import { type AnalyticsDeps, type Scope, scopeOf } from './scope.ts';

const failures = { 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const maxDays = { page: 93, file: 400 };

export interface AnalyticsRoutes extends AnalyticsDeps {
  /** The roles that lead schools. */
  readonly leaders: readonly string[];
  /** The principal whose rights a question has. */
  readonly readerOf: (principal: Principal) => Principal;
}

/** The numbers of the schools that somebody leads, and files of them. */
export function analyticsRoutes(auth: AuthPlugin, { leaders, readerOf, ...deps }: AnalyticsRoutes) {
  const { clock } = deps.tracking;
  return new Elysia({ name: 'school-analytics', prefix: '/api/v1/realtime/analytics', tags: ['school'] })
    .use(auth)
    .get(
      '',
      async ({ query, principal }) => ({
        success: true as const,
        data: await readAnalytics(
          deps,
          scopeOf(query, readerOf(principal), { now: clock.now(), maxDays: maxDays.page }),
        ),
      }),
      {
        allow: leaders,
        query: AnalyticsQuery,
        response: { 200: Analytics, ...failures },
        detail: {
          summary: 'Funnels, active people, sessions and pages of the schools that the caller leads',
        },
      },
    )
    .get(
      '/export',
      async ({ query: { of, ...query }, principal }) => {
        const scope = scopeOf(query, readerOf(principal), { now: clock.now(), maxDays: maxDays.file });
        const lines = exportLines(deps, scope, of);
        // A refusal is an answer, not a broken file.
        const first = await lines.next();
        const page = await lines.next();
        return new Response(streamOf([first, page], lines), {
          headers: {
            'content-type': 'text/csv; charset=utf-8; header=present',
            'content-disposition': `attachment; filename="${of}-${daysOf(scope, deps.timeZone)}.csv"`,
            'cache-control': 'no-store',
          },
        });
      },
      {
        allow: leaders,
        query: ExportQuery,
        detail: {
          summary: 'The same by hour, school, role, type and method, as CSV',
          responses: {
            200: {
              description: 'RFC 4180; a text that a spreadsheet would calculate begins with an apostrophe',
              content: { 'text/csv': { schema: { type: 'string' } } },
            },
          },
        },
      },
    );
}

/** The first and the last day of a period, `2026-03-01-2026-03-31`. */
function daysOf({ from, to }: Scope, timeZone: string): string {
  const begin = Date.parse(from);
  const last = Math.max(begin, Date.parse(to) - 1);
  return [begin, last].map((ms) => new Date(ms).toLocaleDateString('sv-SE', { timeZone })).join('-');
}

/** Reads on as fast as the client takes it. */
function streamOf(
  begun: readonly IteratorResult<string, unknown>[],
  lines: AsyncGenerator<string>,
): ReadableStream<Uint8Array> {
  const waiting = [...begun];
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        for (;;) {
          const next = waiting.shift() ?? (await lines.next());
          if (next.done) return controller.close();
          if (next.value === '') continue;
          return controller.enqueue(encoder.encode(next.value));
        }
      },
      async cancel() {
        await lines.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}
