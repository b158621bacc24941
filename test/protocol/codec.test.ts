import { describe, expect, test } from 'bun:test';
import { Value } from '@sinclair/typebox/value';
import { decodeClientFrame } from '../../src/protocol/frames/codec.ts';
import {
  encodeFrame,
  encodeSyncResponse,
  errorFrame,
  serverFrames,
} from '../../src/protocol/frames/server-frames.ts';
import { closeCodes } from '../../src/protocol/wire/close-codes.ts';
import { errorCodes } from '../../src/protocol/wire/codes.ts';
import { fc } from '../support/property.ts';

describe('a client frame', () => {
  test.each([
    { type: 'auth', userId: 'user123', role: 'officer' },
    { type: 'auth', token: 'x' },
    { type: 'subscribe', channel: 'hearings', id: 'a' },
    { type: 'subscribe', channel: 'hearings', since: 'e:1', id: 0 },
    { type: 'unsubscribe', channel: 'hearings' },
    { type: 'ping' },
    { type: 'pong' },
    { type: 'sync_request', channel: 'hearings', limit: 5 },
    { type: 'publish', channel: 'hearings', publicationType: 'note', data: null },
    { type: 'ping', somethingNew: true },
  ])('%j is understood', (frame) => {
    expect(decodeClientFrame(JSON.stringify(frame))).toEqual({ frame: frame as never });
  });

  test.each([
    ['not JSON at all', 'invalid_frame'],
    ['', 'invalid_frame'],
    ['[]', 'invalid_frame'],
    ['null', 'invalid_frame'],
    ['"ping"', 'invalid_frame'],
    ['0123', 'invalid_frame'],
    ['{}', 'invalid_frame'],
    ['{"type":7}', 'invalid_frame'],
    ['{"type":"toString"}', 'unknown_type'],
    ['{"type":"__proto__"}', 'unknown_type'],
    ['{"type":"subscribe"}', 'invalid_frame'],
    ['{"type":"subscribe","channel":7}', 'invalid_frame'],
    ['{"type":"sync_request","channel":"a","limit":0}', 'invalid_frame'],
    ['{"type":"sync_request","channel":"a","limit":1.5}', 'invalid_frame'],
    ['{"type":"publish","channel":"a","publicationType":"\\u0000","data":1}', 'invalid_frame'],
    ['{"type":"publish","channel":"a","publicationType":"\\ud800","data":1}', 'invalid_frame'],
  ])('%j is answered with %s', (text, code) => {
    expect(decodeClientFrame(text)).toMatchObject({ fault: { code } });
  });

  test('that is wrong keeps its id, and says where it is wrong', () => {
    const decoded = decodeClientFrame('{"type":"subscribe","channel":7,"id":"q1"}');
    expect(decoded).toMatchObject({ fault: { id: 'q1', message: expect.stringContaining('"channel"') } });
  });

  test('of any text whatever is a frame or a fault, never an exception', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void decodeClientFrame(text)));
    expect(decodeClientFrame('['.repeat(100_000))).toHaveProperty('fault');
    expect(decodeClientFrame(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)).toHaveProperty('fault');
  });
});

describe('a server frame', () => {
  test('without its optional fields leaves them out', () => {
    expect(encodeFrame({ type: 'unsubscribed', id: undefined, channel: 'a' })).toBe(
      '{"type":"unsubscribed","channel":"a"}',
    );
  });

  test('of an error repeats its code for older clients, and says by its status and remedy what to do', () => {
    const frame = JSON.parse(encodeFrame(errorFrame('forbidden', 'No.', { id: 3 })));
    const { status, remedy } = errorCodes.forbidden;
    expect(frame).toEqual({
      type: 'error',
      code: 'forbidden',
      message: 'No.',
      error: 'forbidden',
      id: 3,
      status,
      remedy,
    });
    expect(Value.Check(serverFrames.error, frame)).toBe(true);
  });

  test('of a page is spliced from stored texts', () => {
    const page = { id: 1, channel: 'a', position: { epoch: 'e', offset: 2 }, recovered: true };
    const told = { type: 'sync_response', ...page, position: 'e:2' };
    const text = encodeSyncResponse({ ...page, publications: ['{"n":1}', '{"n":2}'] });
    expect(JSON.parse(text)).toEqual({ ...told, publications: [{ n: 1 }, { n: 2 }] });
    const empty = JSON.parse(encodeSyncResponse({ ...page, publications: [] }));
    expect(empty).toEqual({ ...told, publications: [] });
  });
});

describe('the tables of codes', () => {
  test('give each close code once, in the ranges that tell a client what to do', () => {
    const codes = Object.values(closeCodes).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes) expect(code >= 4000 && code <= 4999).toBe(true);
  });

  test('let a client repeat only what a server or a limit refused for the moment', () => {
    const retried = Object.values(errorCodes).filter(({ retry, status }) => retry && status < 500);
    for (const { status } of retried) expect([401, 429]).toContain(status);
  });
});

test.each([...Object.keys(serverFrames), 'skipped'])(
  'nobody but the server says %p: a client does not publish that type',
  (publicationType) => {
    const frame = { type: 'publish', channel: 'open', publicationType, data: null };
    expect(decodeClientFrame(JSON.stringify(frame))).toMatchObject({ fault: { code: 'invalid_frame' } });
    const near = { ...frame, publicationType: `${publicationType}2` };
    expect(decodeClientFrame(JSON.stringify(near))).toEqual({ frame: near } as never);
  },
);
