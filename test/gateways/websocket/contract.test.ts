import { type CloseReason, closeCodes } from '../../../src/protocol/codes.ts';
import { gatewayContract } from '../../contracts/gateway.ts';
import type { Frame } from '../../support/frame.ts';
import { connect } from '../../support/ws-client.ts';

gatewayContract({
  name: 'WebSocket',
  async open({ service, token, channels, since, take }) {
    const client = await connect(service.socketUrl, { headers: { authorization: `Bearer ${token}` } });
    const ready = async (type: string) => {
      for (;;) {
        const frame = await client.next();
        if (frame.type === 'error') {
          await client.close();
          throw new Error(String(frame['code']));
        }
        hear(frame);
        if (frame.type === type) return;
      }
    };
    const positions: Record<string, string> = {};
    const hear = (frame: Frame) => {
      const { type, channel: name, offset, position, recovered } = frame;
      const channel = String(name);
      if (type === 'subscribed') positions[channel] = String(position);
      if (type === 'subscribed' && recovered === false)
        take({ kind: 'lost', channel, position: String(position) });
      if (typeof offset !== 'number') return;
      positions[channel] = `${positions[channel]?.split(':')[0]}:${offset}`;
      take({ kind: 'publication', channel, offset });
    };
    await ready('authenticated');
    for (const channel of channels) {
      client.send({ type: 'subscribe', channel, since: since[channel] });
      await ready('subscribed');
    }
    void (async () => {
      for (;;) hear(await client.next(undefined, 60_000));
    })().catch(() => 'closed');
    return {
      positions: () => positions,
      ended: client.closed.then(({ code }) => reasonOf(code)),
      close: () => client.close(),
    };
  },
});

function reasonOf(code: number): string {
  const reasons = Object.keys(closeCodes) as CloseReason[];
  return reasons.find((reason) => closeCodes[reason].code === code) ?? String(code);
}
