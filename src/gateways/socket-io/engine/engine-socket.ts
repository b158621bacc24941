interface Packet {
  readonly type: string;
  readonly data?: string;
}

/** One connection of the engine, with what its types keep to themselves. */
export interface EngineSocket {
  readonly readyState: 'opening' | 'open' | 'closing' | 'closed';
  /** Changes once, when a client goes from polling to WebSocket. */
  readonly transport: { close(): void };
  readonly request: { readonly url: string; readonly headers: Record<string, string> };
  /** Runs while a pong is awaited. */
  pingTimeoutTimer: NodeJS.Timeout | undefined;
  /** Starts that timer after a ping. */
  resetPingTimeout: () => void;
  /** Packets that wait for the next poll. */
  readonly writeBuffer: { readonly type: 'message'; readonly data: string }[];
  flush(): void;
  /** After what waits. */
  close(): void;
  on(event: 'packetCreate', listener: (packet: Packet) => void): unknown;
  on(event: 'close', listener: (reason: string) => void): unknown;
  on(event: 'packet', listener: (packet: Packet) => void): unknown;
  on(event: 'drain', listener: () => void): unknown;
}
