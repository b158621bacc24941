import { type CloseReason, closeCodes } from '../../../src/protocol/wire/close-codes.ts';
import { Refusal } from '../../contracts/gateway/driver.ts';
import { gatewayContract } from '../../contracts/gateway/gateway.ts';
import type { Frame } from '../../support/clients/frame.ts';
import { connect } from '../../support/clients/ws-client.ts';

/** Types of the frames that answer one of the client, or its upgrade. */
const answers = ['authenticated', 'subscribed', 'pong', 'error'];

gatewayContract({
  name: 'WebSocket',
  kind: 'socket',
  async open({ service, token, channels, since, origin, take }) {
    const headers = { authorization: `Bearer ${token}`, ...(origin && { origin }) };
    const client = await connect(service.socketUrl, { headers });
    const positions: Record<string, string> = {};
    const hear = ({ type, channel: name, offset, position, ...more }: Frame) => {
      const channel = String(name);
      if (type === 'subscribed') positions[channel] = String(position);
      if (type === 'subscribed' && more['recovered'] === false)
        take({ kind: 'lost', channel, position: String(position) });
      if (type === 'unsubscribed') take({ kind: 'denied', channel, code: String(more['code']) });
      if (type.startsWith('presence_'))
        take({ kind: 'presence', type, channel, count: Number(more['count']) });
      if (typeof offset !== 'number') return;
      positions[channel] = `${positions[channel]?.split(':')[0]}:${offset}`;
      take({ kind: 'publication', channel, offset, type });
    };
    /** The requests without a reply yet, by the id of the frame; the upgrade has none. */
    const waiting = new Map<unknown, PromiseWithResolvers<void>>();
    const answerTo = (id: unknown) => {
      const answer = Promise.withResolvers<void>();
      waiting.set(id, answer);
      return answer.promise;
    };
    const settle = (frame: Frame) => {
      // A frame that is one too many is refused unread, and so without its id.
      const id = waiting.has(frame['id']) ? frame['id'] : waiting.keys().next().value;
      const answer = waiting.get(id);
      waiting.delete(id);
      if (frame.type === 'error') answer?.reject(new Refusal(String(frame['code']), frame['retryAfterMs']));
      else answer?.resolve();
    };
    let asked = 0;
    const request = (frame: object) => {
      const id = ++asked;
      client.send({ ...frame, id });
      return answerTo(id);
    };
    const identified = answerTo(undefined);
    const ended = client.closed.then(({ code }) => ({ reason: reasonOf(code) }));
    void (async () => {
      for (;;) {
        const frame = await client.next(undefined, 60_000);
        hear(frame);
        if (answers.includes(frame.type)) settle(frame);
      }
    })().catch(async () => {
      const { reason } = await ended;
      for (const answer of waiting.values()) answer.reject(new Refusal(reason));
    });
    try {
      await identified;
      for (const channel of channels) await request({ type: 'subscribe', channel, since: since[channel] });
    } catch (error) {
      await client.close();
      throw error;
    }
    return {
      positions: () => positions,
      ended,
      ask: () => request({ type: 'ping' }),
      refresh: (another) => request({ type: 'auth', token: another }),
      close: () => client.close(),
    };
  },
});

function reasonOf(code: number): string {
  const reasons = Object.keys(closeCodes) as CloseReason[];
  return reasons.find((reason) => closeCodes[reason].code === code) ?? String(code);
}
