import type { OpenOutbox } from './outbox.ts';

const nothing = () => undefined;

/** No outbox: what cannot be sent now is rejected, and its caller decides. */
export const sendDirectly: OpenOutbox = ({ environment, request }) => ({
  pending: 0,
  list: () => [],
  retry: nothing,
  discard: nothing,
  on: () => nothing,
  async publish({ channel, type, data, key = environment.id() }) {
    const reply = await request({ type: 'publish', channel, publicationType: type, data, key });
    return { position: (reply as { position?: string }).position };
  },
  flush: nothing,
  condemn: nothing,
  load: async () => nothing(),
  close: nothing,
});
