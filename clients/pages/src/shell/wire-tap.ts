import type { Environment } from './client.ts';

/** A frame as it passed a WebSocket, or a request of another transport. */
export interface TappedFrame {
  readonly direction: 'in' | 'out';
  readonly text: string;
}

type Signal = Parameters<Parameters<Environment['signals']>[0]>[0];

/** The wire of one client, in the hands of a page that shows it or breaks it. */
export interface WireTap {
  /** For `openClient(who, { environment })`. */
  readonly environment: Partial<Environment>;
  /** Loses every connection as a network does: without a word to the server or a code. */
  cut(): void;
  /** Ends the socket as the server does with this close code. */
  close(code: number): void;
  /** While blocked, no WebSocket opens, as behind some proxies. */
  block(isBlocked: boolean): void;
  /** While asleep nothing passes, and the client is told as a page is that the device freezes and wakes. */
  sleep(isAsleep: boolean): void;
}

type Socket = ReturnType<Environment['socket']>;

export function openWireTap(
  onFrame: (frame: TappedFrame) => void = () => undefined,
  onClose: (code: number) => void = () => undefined,
): WireTap {
  const sockets = new Set<TappedSocket>();
  const reports = new Set<(signal: Signal) => void>();
  let requests = new AbortController();
  let isBlocked = false;
  let isAsleep = false;

  function end(code: number): void {
    for (const socket of [...sockets]) socket.lose(code);
    requests.abort();
    requests = new AbortController();
  }

  return {
    environment: {
      socket(url) {
        const gone = (code?: number) => {
          sockets.delete(socket);
          if (code !== undefined) onClose(code);
        };
        const socket = new TappedSocket(url, onFrame, isBlocked || isAsleep, gone);
        sockets.add(socket);
        return socket;
      },
      fetch(url, init) {
        if (isAsleep) return Promise.reject(new TypeError('asleep'));
        onFrame({ direction: 'out', text: `${init.method ?? 'GET'} ${new URL(url).pathname}` });
        const signals = [requests.signal, ...(init.signal ? [init.signal] : [])];
        return fetch(url, { ...init, signal: AbortSignal.any(signals) });
      },
      signals(report) {
        reports.add(report);
        return () => reports.delete(report);
      },
    },
    cut: () => end(1006),
    close: end,
    block(blocked) {
      isBlocked = blocked;
      if (blocked) end(1006);
    },
    sleep(asleep) {
      isAsleep = asleep;
      for (const report of reports) report(asleep ? 'leave' : 'wake');
      if (asleep) end(1006);
    },
  };
}

/** A WebSocket that can be lost without its peer knowing of it. */
class TappedSocket implements Socket {
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  readonly #socket: WebSocket | undefined;
  readonly #onFrame: (frame: TappedFrame) => void;
  /** With the code of an end that the client did not ask for. */
  readonly #gone: (code?: number) => void;

  constructor(
    url: string,
    onFrame: (frame: TappedFrame) => void,
    isBlocked: boolean,
    gone: (code?: number) => void,
  ) {
    this.#onFrame = onFrame;
    this.#gone = gone;
    if (isBlocked) {
      setTimeout(() => this.lose(1006));
      return;
    }
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => this.onopen?.();
    socket.onmessage = ({ data }) => {
      onFrame({ direction: 'in', text: data });
      this.onmessage?.({ data });
    };
    socket.onclose = ({ code, reason }) => this.#end(code, reason);
  }

  get readyState(): number {
    return this.#socket?.readyState ?? 0;
  }

  send(text: string): void {
    this.#onFrame({ direction: 'out', text });
    this.#socket?.send(text);
  }

  close(code?: number): void {
    this.#gone();
    this.#socket?.close(code);
  }

  lose(code: number): void {
    const socket = this.#socket;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    this.#end(code, '');
  }

  #end(code: number, reason: string): void {
    this.#gone(code);
    this.onclose?.({ code, reason });
  }
}
