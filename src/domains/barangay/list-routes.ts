import { Elysia, t } from 'elysia';
import type { DomainContext } from '../../extension/domain.ts';
import { cursor } from '../../protocol/schemas/paging.ts';
import { Problem } from '../../protocol/schemas/problem.ts';
import { isOfficial, officials } from './channels.ts';
import { ListService, listedTables } from './list-service.ts';
import { CaseRow, OwnCaseList, RowId, RowList } from './model.ts';

const query = t.Object({
  cursor,
  limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: 500, default: 100 }),
});
const params = t.Object({ id: RowId });
const reading = { 401: Problem, 422: Problem, 503: Problem };
const response = { 200: RowList, ...reading, 403: Problem };
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
    .get('/cases/own', ({ query, principal }) => lists.ownCases(principal.userId, query), {
      allow: [],
      query,
      response: { 200: OwnCaseList, ...reading },
      detail: {
        summary: 'The cases that the caller filed, and the position of `my_cases` to subscribe from',
      },
    })
    .get(
      '/cases/:id',
      ({ params, principal }) => lists.case(params.id, principal.userId, isOfficial(principal)),
      {
        allow: [],
        params,
        response: { 200: CaseRow, ...reading, 404: Problem },
        detail: { summary: 'One case, also for the person who filed it, and the position of `case:{id}`' },
      },
    )
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
