import { describe, expect, test } from 'bun:test';
import type { DeliveryMethod, EventData, OutgoingDelivery } from '../../src/extension/delivery-method.ts';

/** The other end of a method. */
export type ReceiverState = 'takes' | 'refuses' | 'hangs';

/** A method and somebody whom it reaches. */
export interface DeliveryMethodSubject extends AsyncDisposable {
  readonly method: DeliveryMethod;
  /** A person whom it reaches. */
  readonly userId: string;
  /** From now on the receiver behaves so. */
  become(state: ReceiverState): void;
  /** The number of deliveries that the receiver has been handed, in any state. */
  handed(): number;
}

/** The promises of every DeliveryMethod. `open` gives a fresh one, whose receiver takes what comes. */
export function deliveryMethodContract(name: string, open: () => Promise<DeliveryMethodSubject>): void {
  describe(`${name} keeps the contract of a delivery method:`, () => {
    const check = (sentence: string, run: (subject: DeliveryMethodSubject) => Promise<void>) =>
      test(sentence, async () => {
        await using subject = await open();
        await run(subject);
      }, 60_000);
    const send = ({ method, userId }: DeliveryMethodSubject, more?: Partial<EventData>) =>
      method.send(delivery(userId, more), new AbortController().signal);

    check('its name is a word of event types, and not that of the live sessions', async ({ method }) => {
      expect(method.name).toMatch(/^[a-z][a-z0-9_-]*$/);
      expect(method.name).not.toBe('websocket');
    });

    check('what it says is taken, the receiver was handed', async (subject) => {
      expect(await send(subject)).toMatchObject({ kind: 'taken' });
      expect(subject.handed()).toBe(1);
    });

    check('it takes several deliveries at once, and each of them', async (subject) => {
      const ids = Array.from(
        { length: 20 },
        (_, n) => `0199f0f0-0000-7000-8000-${String(n).padStart(12, '0')}`,
      );
      const outcomes = await Promise.all(ids.map((id) => send(subject, { id })));
      expect(outcomes.map(({ kind }) => kind)).toEqual(ids.map(() => 'taken'));
      expect(subject.handed()).toBe(20);
    });

    check('an event with any text in it is taken', async (subject) => {
      const text = `Grüße 🎉 "quoted" \\ ${'ü'.repeat(2_000)}`;
      expect(await send(subject, { title: text.slice(0, 100), message: text })).toMatchObject({
        kind: 'taken',
      });
    });

    check('it never says that something was taken which was refused', async (subject) => {
      subject.become('refuses');
      expect(await kindOf(send(subject))).not.toBe('taken');
      subject.become('takes');
      expect(await kindOf(send(subject))).toBe('taken');
    });

    check('it ends soon after its signal fires, and takes nothing then', async (subject) => {
      subject.become('hangs');
      const giveUp = new AbortController();
      const { method, userId } = subject;
      const sending = kindOf(method.send(delivery(userId), giveUp.signal));
      giveUp.abort();
      expect(await sending).not.toBe('taken');
    });
  });
}

/** A rejection counts as `later`. */
const kindOf = (sending: ReturnType<DeliveryMethod['send']>) =>
  sending.then(
    ({ kind }) => kind,
    () => 'later' as const,
  );

function delivery(userId: string, more: Partial<EventData> = {}): OutgoingDelivery {
  const event: EventData = {
    id: '0199f0f0-0000-7000-8000-00000000000a',
    eventType: 'payment_received',
    tenantId: null,
    sourceUserId: null,
    title: 'Payment received',
    message: 'We received 5,000 KES.',
    payload: { amount: 5_000 },
    priority: 'high',
    actionUrl: null,
    correlationId: null,
    acknowledgement: 'device',
    expiresAt: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...more,
  };
  return { userId, event, attempt: 1, attemptId: '0199f0f0-0000-7000-8000-0000000000aa' };
}
