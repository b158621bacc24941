import type { OpenOutbox } from './outbox.ts';

/** No outbox: what cannot be sent now is rejected, and its caller decides. */
export const sendDirectly: OpenOutbox = ({ environment, request }) => ({
  pending: 0,
  list: () => [],
  retry: () => undefined,
  discard: () => undefined,
  on: () => () => undefined,
  async publish({ channel, type, data, key = environment.id() }) {
    const reply = await request({ type: 'publish', channel, publicationType: type, data, key });
    return { position: 'position' in reply ? reply.position : undefined };
  },
  flush: () => undefined,
  condemn: () => undefined,
  load: () => Promise.resolve(),
  close: () => undefined,
});
