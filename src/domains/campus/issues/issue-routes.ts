import { Type } from '@sinclair/typebox';
import { Elysia, t } from 'elysia';
import type { DomainContext } from '../../../extension/domain.ts';
import { KeyHeaders } from '../../../protocol/schemas/idempotency.ts';
import { cursor } from '../../../protocol/schemas/paging.ts';
import { Problem } from '../../../protocol/schemas/problem.ts';
import * as model from '../model.ts';
import { maxListed } from './issue-list-service.ts';
import { type Changed, IssueService } from './issue-service.ts';

const allow: string[] = [];
const readOneFailures = { 401: Problem, 404: Problem, 422: Problem, 503: Problem };
const readFailures = { ...readOneFailures, 403: Problem };
const writeFailures = { ...readOneFailures, 400: Problem, 413: Problem };
const changeFailures = { ...writeFailures, 403: Problem, 409: Problem };
const tags = ['campus'];

/** The issues over REST. */
export function issueRoutes({ auth, publisher, manager }: DomainContext) {
  const service = new IssueService(publisher, manager.namespaces);
  const answer = async (changed: Promise<Changed>) => ({ success: true, ...(await changed) }) as const;
  const params = Type.Object({ id: model.Id });
  const response = { 200: model.IssueAnswer, ...changeFailures };
  return new Elysia({ name: 'campus-issues', prefix: '/api/issues', tags })
    .use(auth)
    .get('', ({ query, principal }) => service.list(query, principal), {
      allow,
      query: t.Object({
        ...model.IssueQuery.properties,
        cursor,
        limit: t.Numeric({ multipleOf: 1, minimum: 1, maximum: maxListed, default: maxListed }),
      }),
      response: { 200: model.IssueList, ...readFailures },
      detail: { summary: 'Issues of an organisation, and the position to subscribe from' },
    })
    .post('', ({ body, principal: by, requestKey }) => answer(service.create(body, { by, requestKey })), {
      allow,
      headers: KeyHeaders,
      body: model.NewIssue,
      response: { 200: model.IssueAnswer, ...writeFailures },
      detail: { summary: 'Stores an issue and publishes `issue:created`' },
    })
    .get('/:id', ({ params, principal }) => service.read(params.id, principal), {
      allow,
      params,
      response: { 200: model.IssueScreen, ...readOneFailures },
      detail: { summary: 'One issue' },
    })
    .patch(
      '/:id',
      ({ params, body, principal: by, requestKey }) =>
        answer(service.update(params.id, body, { by, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        body: model.IssueChange,
        response,
        detail: { summary: 'Changes or moves an issue and publishes `issue:updated`' },
      },
    )
    .post(
      '/:id/resolve',
      ({ params, body, principal: by, requestKey }) =>
        answer(service.resolve(params.id, body, { by, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        body: model.Resolution,
        response,
        detail: { summary: 'Resolves an issue and publishes `issue:resolved`' },
      },
    )
    .post(
      '/:id/assign',
      ({ params, body, principal: by, requestKey }) =>
        answer(service.assign(params.id, body, { by, requestKey })),
      {
        allow,
        headers: KeyHeaders,
        params,
        body: model.Assignment,
        response,
        detail: { summary: 'Assigns an issue and publishes `issue:assigned`' },
      },
    )
    .delete(
      '/:id',
      async ({ params, principal: by, requestKey }) => {
        const { data, ...place } = await service.delete(params.id, { by, requestKey });
        return { success: true as const, id: data.id, ...place };
      },
      {
        allow,
        headers: KeyHeaders,
        params,
        response: { 200: model.IssueDeleted, ...readFailures },
        detail: { summary: 'Removes an issue and publishes `issue:deleted`' },
      },
    );
}
