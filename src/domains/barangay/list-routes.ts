import { Elysia, t } from 'elysia';
import type { DomainContext } from '../../extension/domain.ts';
import { cursor } from '../../protocol/schemas/paging.ts';
import { Problem } from '../../protocol/schemas/problem.ts';
import { officials } from './channels.ts';
import { ListService, listedTables } from './list-service.ts';
import { RowList } from './model.ts';

const query = t.Object({
  cursor,
  limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 500, default: 100 }),
});
const response = { 200: RowList, 401: Problem, 403: Problem, 422: Problem, 503: Problem };
const allow = officials;

/** The lists that a phone fills its own database with, once, before it follows the channels. */
export function listRoutes({ auth, publisher }: DomainContext) {
  const lists = new ListService(publisher);
  const { hearings, cases, persons, personHistory } = listedTables;
  return new Elysia({ name: 'barangay-lists', prefix: '/api/barangay', tags: ['barangay'] })
    .use(auth)
    .get('/hearings', ({ query }) => lists.list(hearings, query), {
      allow,
      query,
      response,
      detail: { summary: 'The hearings, and the position of `hearings` to subscribe from' },
    })
    .get('/cases', ({ query }) => lists.list(cases, query), {
      allow,
      query,
      response,
      detail: { summary: 'The cases, and the position of `cases` to subscribe from' },
    })
    .get('/persons', ({ query }) => lists.list(persons, query), {
      allow,
      query,
      response,
      detail: { summary: 'The persons, and the position of `persons` to subscribe from' },
    })
    .get('/persons/history', ({ query }) => lists.list(personHistory, query), {
      allow,
      query,
      response,
      detail: { summary: 'The history of the persons, and the position of `persons` to subscribe from' },
    });
}
