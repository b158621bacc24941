import { Elysia } from 'elysia';
import type { AuthPlugin } from '../auth/plugin.ts';
import { KeyHeaders, repeatable } from '../protocol/schemas/idempotency.ts';
import { Problem } from '../protocol/schemas/problem.ts';
import type { FileService } from './file-service.ts';
import {
  FileAnswer,
  FileParameters,
  LinkAnswer,
  NewFilePublication,
  NewUpload,
  PublishedFiles,
  Removed,
  UploadAnswer,
} from './model.ts';

const readFailures = { 401: Problem, 403: Problem, 422: Problem, 429: Problem, 501: Problem, 503: Problem };
const oneFailures = { ...readFailures, 404: Problem };
const writeFailures = { ...oneFailures, 400: Problem, 413: Problem };
const said = repeatable('says a state: a repeat changes nothing and answers the same');

/** Uploads and downloads of files; their bytes go past these routes, by links. */
export function fileRoutes(auth: AuthPlugin, service: FileService) {
  const params = FileParameters;
  return new Elysia({ name: 'files', prefix: '/api/files', tags: ['files'] })
    .use(auth)
    .post('', ({ body, principal, requestKey }) => service.ask(body, principal, requestKey), {
      allow: [],
      headers: KeyHeaders,
      body: NewUpload,
      response: { 200: UploadAnswer, ...writeFailures },
      detail: {
        summary: 'Asks for an upload for a channel',
        description: 'The content goes to the link of the answer; then the upload is completed.',
      },
    })
    .post(
      '/:id/complete',
      async ({ params, principal }) => ({
        success: true as const,
        data: await service.complete(params.id, principal),
      }),
      {
        allow: [],
        params,
        response: { 200: FileAnswer, ...oneFailures, 409: Problem },
        detail: { summary: 'Completes an upload: its content is checked', ...said },
      },
    )
    .get('/:id', ({ params, principal }) => service.read(params.id, principal), {
      allow: [],
      params,
      response: { 200: LinkAnswer, ...oneFailures },
      detail: {
        summary: 'A file, with a link to its content',
        description: 'For its owner, and once it is attached for everybody who may read its channel.',
      },
    })
    .delete(
      '/:id',
      async ({ params, principal }) => ({
        success: true as const,
        removed: await service.remove(params.id, principal),
      }),
      {
        allow: [],
        params,
        response: { 200: Removed, ...readFailures, 409: Problem },
        detail: {
          summary: 'Removes a file of the caller’s own that belongs to no message',
          ...repeatable('what is removed stays so: a repeat answers `removed: false`'),
        },
      },
    )
    .post('/publish', ({ body, principal, requestKey }) => service.publish(body, principal, requestKey), {
      allow: [],
      headers: KeyHeaders,
      body: NewFilePublication,
      response: { 200: PublishedFiles, ...writeFailures },
      detail: { summary: 'Publishes files on their channel, as `attachments` of the data' },
    });
}
