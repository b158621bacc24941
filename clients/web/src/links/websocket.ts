import type { Link, OpenLink } from './link.ts';

/** `/ws/realtime`: frames as they are. */
export const openWebSocket: OpenLink = (host): Link => {
  const socket = new host.environment.WebSocket(`${host.url.replace(/^http/, 'ws')}/ws/realtime`);
  socket.onopen = () => host.ready();
  socket.onmessage = ({ data }) => host.frame(JSON.parse(String(data)));
  socket.onclose = ({ code, reason }) => {
    release();
    host.closed({ code, reason });
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
