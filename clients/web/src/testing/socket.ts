import type { Socket } from '../links/link.ts';

/** The server's end of a connection. */
export interface Peer {
  /** Channels that it reads. */
  readonly channels: Set<string>;
  userId: string;
  send(frame: object): void;
  close(code: number, reason?: string): void;
}

export interface Door {
  readonly isOpen: boolean;
  opened(peer: Peer): void;
  received(peer: Peer, frame: unknown): void;
  closed(peer: Peer): void;
}

/** The client's end of a new connection, whose other end is in this process. Nothing happens within a call. */
export const openSocket = (door: Door): Socket => new TestSocket(door);

class TestSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: string }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  readyState = 0;
  readonly #door: Door;
  readonly #peer: Peer = {
    channels: new Set(),
    userId: '',
    send: (frame) => this.#deliver(JSON.stringify(frame)),
    close: (code, reason = '') => this.#end(code, reason),
  };

  constructor(door: Door) {
    this.#door = door;
    queueMicrotask(() => {
      if (this.readyState !== 0) return;
      if (!door.isOpen) return this.#end(1006, '');
      this.readyState = 1;
      this.onopen?.();
      door.opened(this.#peer);
    });
  }

  send(text: string): void {
    const frame: unknown = JSON.parse(text);
    queueMicrotask(() => {
      if (this.readyState === 1) this.#door.received(this.#peer, frame);
    });
  }

  close(code = 1000): void {
    this.#end(code, '');
  }

  #deliver(data: string): void {
    queueMicrotask(() => {
      if (this.readyState === 1) this.onmessage?.({ data });
    });
  }

  #end(code: number, reason: string): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#door.closed(this.#peer);
    queueMicrotask(() => this.onclose?.({ code, reason }));
  }
}
