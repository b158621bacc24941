import { expect, test } from 'bun:test';
import type { CloseReason } from '../../../src/protocol/wire/close-codes.ts';
import { noTelemetry } from '../../../src/realtime/ports/telemetry.ts';
import { createEngine, someone } from '../../support/services/engine.ts';

async function connected() {
  const counted: CloseReason[] = [];
  const telemetry = { ...noTelemetry, disconnected: (reason: CloseReason) => counted.push(reason) };
  const { manager, connect } = createEngine({ telemetry });
  return { manager, counted, ...(await connect(someone)) };
}

test('a session is ended, noted and counted once, for the first reason', async () => {
  const { manager, session, client, counted } = await connected();
  manager.disconnect(session, 'expired');
  manager.disconnect(session, 'shutdown');
  expect([session.endReason, client.ended, counted]).toEqual(['expired', 'expired', ['expired']]);
  expect(client.frames).toMatchObject([{ type: 'error', code: 'token_expired' }]);
});

test('a client that was told why hears it no second time', async () => {
  const { manager, session, client } = await connected();
  manager.disconnect(session, 'expired', true);
  expect([client.ended, client.frames]).toEqual(['expired', []]);
});

test('a session whose connection has gone is ended no more', async () => {
  const { manager, session, client, counted } = await connected();
  manager.close(session);
  manager.disconnect(session, 'shutdown');
  expect([client.ended, counted]).toEqual([undefined, []]);
});
