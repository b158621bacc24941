import type { EventData, OutgoingDelivery } from '../../../src/extension/delivery-method.ts';
import { createInbox } from '../../support/clients/inbox.ts';

export const webhookSecret = `whsec_${Buffer.from('a key of exactly 32 bytes length').toString('base64')}`;

export interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly bytes: Uint8Array;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** The next one nobody took yet that matches. */
  next(matches?: (received: Received) => boolean): Promise<Received>;
  all(): readonly Received[];
  received(): number;
}

/** A real server on a port of its own that keeps what comes and responds with 204, or as it is told. */
export function startReceiver(
  answer: (received: Received) => Response | Promise<Response> = () => new Response(null, { status: 204 }),
): Receiver {
  const inbox = createInbox<Received>('receiver');
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    async fetch(request) {
      const bytes = await request.bytes();
      const received = {
        path: new URL(request.url).pathname,
        headers: Object.fromEntries(request.headers),
        body: new TextDecoder().decode(bytes),
        bytes,
      };
      inbox.push(received);
      return answer(received);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/`,
    next: (matches = () => true) => inbox.next(matches, 'request'),
    all: () => inbox.all(() => true),
    received: () => inbox.all(() => true).length,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

/** An event on its way to Joseph. */
export function outgoingDelivery(more: Partial<EventData> = {}): OutgoingDelivery {
  const event: EventData = {
    id: '0199f0f0-0000-7000-8000-000000000001',
    eventType: 'payment_received',
    tenantId: 'school-uuid',
    sourceUserId: null,
    title: 'Payment received',
    message: 'We received 5,000 KES.',
    payload: { amount: 5_000 },
    priority: 'urgent',
    actionUrl: '/payments/1',
    correlationId: null,
    acknowledgement: 'device',
    expiresAt: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...more,
  };
  return { userId: 'user1-uuid', event, attempt: 1, attemptId: '0199f0f0-0000-7000-8000-0000000000aa' };
}
