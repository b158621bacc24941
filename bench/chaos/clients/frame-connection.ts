const answerMs = 10_000;

interface Answer {
  readonly type: string;
  readonly id?: number;
  readonly position?: string;
  readonly code?: string;
}

/** A socket that publishes by frames. After a loss the next publication opens another one. */
export class FrameConnection implements Disposable {
  readonly address: string;
  readonly #url: string;
  readonly #waiting = new Map<number, PromiseWithResolvers<string>>();
  #socket: WebSocket | undefined;
  #opened: Promise<void> | undefined;
  #sent = 0;

  /** `address` is `host:port`. */
  constructor(address: string, userId: string) {
    this.address = address;
    this.#url = `ws://${address}/ws/realtime?userId=${userId}&role=officer`;
  }

  /** The position of the publication. Rejects when it was refused, or when nobody can know. */
  async publish(channel: string, data: unknown): Promise<string> {
    this.#opened ??= this.#open();
    await this.#opened;
    const id = ++this.#sent;
    const answer = Promise.withResolvers<string>();
    this.#waiting.set(id, answer);
    const timer = setTimeout(() => answer.reject(new Error('no answer in time')), answerMs);
    this.#socket?.send(JSON.stringify({ type: 'publish', id, channel, publicationType: 'chaos', data }));
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  [Symbol.dispose](): void {
    this.#socket?.close(1000);
  }

  #open(): Promise<void> {
    const opened = Promise.withResolvers<void>();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => opened.resolve();
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      const waiting = this.#waiting.get(answer.id ?? 0);
      if (answer.type === 'published') waiting?.resolve(answer.position ?? '');
      else if (answer.type === 'error') waiting?.reject(new Error(answer.code));
    };
    socket.onclose = ({ code }) => {
      const error = new Error(`closed with ${code}`);
      opened.reject(error);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#opened = undefined;
    };
    return opened.promise;
  }
}
