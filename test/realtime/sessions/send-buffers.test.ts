import { describe, expect, test } from 'bun:test';
import { createLogger } from '../../../src/logger.ts';
import type { CloseReason } from '../../../src/protocol/wire/close-codes.ts';
import type { Transport } from '../../../src/realtime/ports/transport.ts';
import { SendBuffers } from '../../../src/realtime/sessions/send-buffers.ts';
import { Session } from '../../../src/realtime/sessions/session.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { limits, RecordingGateway } from '../../support/services/engine.ts';

const kibibyte = 1_024;

/** Readers with so many KiB each, of which a reader may have 100 and all together `budget`. */
function createReaders(queues: readonly number[], budget = 300) {
  const clock = new ManualClock();
  const gateway = new RecordingGateway();
  const ended: string[] = [];
  const cut: string[] = [];
  const buffers = queues.map((bytes) => ({ bytes: bytes * kibibyte, looks: 0 }));
  const sessions = buffers.map((buffer, index) => {
    const name = `reader ${index}`;
    const transport = {
      gateway,
      get bufferedBytes() {
        buffer.looks++;
        return buffer.bytes;
      },
      cut: () => {
        cut.push(name);
        buffer.bytes = 0;
      },
    } as unknown as Transport;
    return new Session(name, transport, clock);
  });
  const sendBuffers = new SendBuffers({
    sessions,
    clock,
    limits: { ...limits, sendBufferBytes: 100 * kibibyte, sendBuffersTotalBytes: budget * kibibyte },
    logger: createLogger('silent'),
    end: (session) => {
      ended.push(session.id);
      session.endReason = 'slow' satisfies CloseReason;
    },
  });
  return { sendBuffers, sessions, buffers, ended, cut, clock };
}

describe('the send buffers of a process', () => {
  test('end whoever is over its own, and nobody else', () => {
    const { sendBuffers, ended } = createReaders([100, 101, 0]);
    sendBuffers.look();
    expect(ended).toEqual(['reader 1']);
    expect(sendBuffers.sizes()).toEqual(new Map([['recording', 201 * kibibyte]]));
  });

  test('end the fullest where all together are over the budget, until there is room again', () => {
    const { sendBuffers, ended } = createReaders([10, 90, 30, 80, 20, 95]);
    sendBuffers.look();
    // 325 of 300: the fullest one leaves 230, which is under three quarters and a little more.
    expect(ended).toEqual(['reader 5', 'reader 1']);
    sendBuffers.look();
    expect(ended).toHaveLength(2);
  });

  test('let those that end read why, unless they hold too much by themselves', () => {
    const { sendBuffers, ended, cut, buffers } = createReaders([90, 90, 90, 90, 5]);
    sendBuffers.look();
    expect([ended.length, cut]).toEqual([2, []]);
    for (const buffer of buffers.slice(2, 4)) buffer.bytes = 99 * kibibyte;
    sendBuffers.look();
    expect([ended.length, cut]).toEqual([2, ['reader 0']]);
  });

  test('are looked over soon after bytes queue, and at once near the budget', () => {
    const { sendBuffers, ended, clock, buffers } = createReaders([0, 0]);
    const [first, second] = buffers;
    if (!first || !second) throw new Error('There are two.');
    first.bytes = 101 * kibibyte;
    sendBuffers.suspect(kibibyte, 1);
    clock.advance(19);
    expect(ended).toEqual([]);
    clock.advance(1);
    expect(ended).toEqual(['reader 0']);
    first.bytes = 0;
    second.bytes = 101 * kibibyte;
    sendBuffers.suspect(1, 80 * kibibyte);
    expect(ended).toEqual(['reader 0', 'reader 1']);
  });

  test('end a reader before a publication follows that Bun would cut it for, however late the clock is', () => {
    const publication = 20;
    const { sendBuffers, ended, buffers } = createReaders([99], 100_000);
    const [reader] = buffers;
    if (!reader) throw new Error('There is one.');
    while (ended.length === 0) {
      reader.bytes += publication * kibibyte;
      expect(reader.bytes).toBeLessThanOrEqual((2 * 100 + publication) * kibibyte);
      sendBuffers.suspect(publication * kibibyte, 1);
    }
  });

  test('end one reader that was sent too much by itself, without a look at the others', () => {
    const { sendBuffers, sessions, ended, buffers } = createReaders([60, 100, 101], 100_000);
    for (const session of sessions) sendBuffers.suspectOne(session, 90 * kibibyte);
    expect(ended).toEqual(['reader 2']);
    expect(buffers.map(({ looks }) => looks)).toEqual([1, 1, 1]);
  });

  test('are left alone when nothing queues', () => {
    const { sendBuffers, clock, buffers, ended } = createReaders([1]);
    sendBuffers.suspect(1, 1);
    clock.advance(1_000);
    for (const buffer of buffers) buffer.bytes = 0;
    clock.advance(1_000);
    for (const buffer of buffers) buffer.bytes = 200 * kibibyte;
    clock.advance(10_000);
    expect(ended).toEqual([]);
  });
});
