import { join } from 'node:path';
import { Elysia } from 'elysia';
import type { Env } from '../../../src/config/config.ts';
import { defineDomain } from '../../../src/extension/domain.ts';
import type { TestDatabase } from '../postgres/postgres.ts';
import { type GatewayService, startGatewayService } from '../services/gateway-service.ts';

/** A service with an empty page of its own origin, at `/page`, for browsers, and the stock client of Socket.IO. */
export function startPageService(env: Env = {}, database?: TestDatabase): Promise<GatewayService> {
  return startGatewayService(env, database, [pageDomain]);
}

export function pageResponse(): Response {
  return new Response('<!doctype html><title>Tambuli</title>', {
    headers: { 'content-type': 'text/html; charset=utf-8' },
  });
}

const socketIoBundle = join(import.meta.dir, '../../../node_modules/socket.io-client/dist/socket.io.min.js');

const pageDomain = defineDomain({
  name: 'page',
  channels: () => [],
  routes: () =>
    new Elysia({ name: 'page' })
      .get('/page', pageResponse)
      .get('/socket.io.min.js', () => Bun.file(socketIoBundle)),
});
