import type { OpenLink } from './link.ts';

/** `/ws/realtime`: frames as they are. */
export const openWebSocket: OpenLink = (host) => {
  const socket = host.environment.socket(`${host.url.replace(/^http/, 'ws')}/ws/realtime`);
  socket.onopen = host.ready;
  socket.onmessage = ({ data }) => host.frame(JSON.parse(data));
  socket.onclose = ({ code, reason }) => {
    release();
    host.closed(code, reason ? { code: reason } : undefined);
  };

  /** A socket that was given up says nothing any more. */
  function release(): void {
    socket.onopen = socket.onmessage = socket.onclose = null;
  }

  return {
    send(frame) {
      if (socket.readyState === 1) socket.send(JSON.stringify(frame));
    },
    close() {
      release();
      socket.close(1000);
    },
  };
};
