import { Elysia } from 'elysia';
import { localFileRoutes } from '../../src/files/local-routes.ts';
import { LocalFileStore } from '../../src/files/local-store.ts';
import { S3FileStore } from '../../src/files/s3-store.ts';
import { problems } from '../../src/gateways/http/problem.ts';
import { createLogger } from '../../src/logger.ts';
import { fileStoreContract } from '../contracts/file-store.ts';
import { createFileDirectory } from '../support/files/file-directory.ts';
import { startS3Server } from '../support/files/s3-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

fileStoreContract('S3FileStore', async () => {
  const clock = new ManualClock();
  const server = startS3Server(() => clock.now());
  return {
    store: new S3FileStore(server.settings, clock),
    fetch: (url, init) => fetch(url, { ...init, keepalive: false }),
    now: () => clock.now(),
    pass: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

fileStoreContract('LocalFileStore', async () => {
  const clock = new ManualClock();
  const files = await createFileDirectory();
  const store = new LocalFileStore(files.directory, clock);
  const app = new Elysia()
    .use(problems({ logger: createLogger('silent'), onRefusal: () => undefined, methodsAt: () => [] }))
    .use(localFileRoutes(store))
    .listen({ port: 0, hostname: '127.0.0.1' });
  return {
    store,
    fetch: (url, init) => fetch(new URL(url, app.server?.url), { ...init, keepalive: false }),
    now: () => clock.now(),
    pass: (ms) => clock.advance(ms),
    async [Symbol.asyncDispose]() {
      await app.server?.stop(true);
      await files[Symbol.asyncDispose]();
    },
  };
});
