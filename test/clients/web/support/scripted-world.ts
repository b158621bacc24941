import type { Socket } from '../../../../clients/web/src/links/link.ts';
import type { Environment, Signal } from '../../../../clients/web/src/types.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import type { Random } from '../../../support/random.ts';

interface Line {
  readonly socket: Socket;
  readonly frames: object[];
  isOpen: boolean;
  /** Nothing arrives any more, and nobody is told. */
  isDead: boolean;
  /** The channel is read. */
  isReading: boolean;
}

/** A server with one channel in the hands of a test, and the device of its client: frames wait until they are delivered. */
export class ScriptedWorld {
  readonly clock = new ManualClock();
  readonly environment: Environment;
  epoch = 1;
  head = 0;
  /** The first offset that is still kept. */
  kept = 1;
  /** New connections die at once. */
  isDown = false;
  signal: (signal: Signal) => void = () => undefined;
  #line: Line | undefined;
  #ids = 0;

  constructor(random: Random) {
    const clock = this.clock;
    this.environment = {
      fetch: () => Promise.reject(new TypeError('There is no HTTP here.')),
      socket: () => this.#open(),
      now: () => clock.now(),
      random,
      online: () => true,
      id: () => `id-${++this.#ids}-of-the-world`,
      signals: (report) => {
        this.signal = report;
        return () => undefined;
      },
      after(ms, run) {
        const alarm = clock.after(ms, run);
        return () => alarm[Symbol.dispose]();
      },
    };
  }

  publish(): void {
    this.head += 1;
    if (this.#line?.isReading) this.#push(this.#line, this.#publication(this.head));
  }

  /** The log is emptied and begins anew, as after a restore; who reads is told. */
  newLife(): void {
    this.epoch += 1;
    this.head = 0;
    this.kept = 1;
    if (this.#line?.isReading) this.#push(this.#line, { ...this.#subscribed(), recovered: false });
  }

  prune(): void {
    this.kept = this.head + 1;
  }

  /** The oldest frame arrives. */
  deliver(count = 1): void {
    for (let n = 0; n < count; n++) {
      const line = this.#line;
      if (!line?.isOpen || line.isDead) return;
      const frame = line.frames.shift();
      if (!frame) return;
      line.socket.onmessage?.({ data: JSON.stringify(frame) });
    }
  }

  /** The oldest publication on its way is lost, as by a fault of a proxy. */
  lose(): void {
    const frames = this.#line?.frames ?? [];
    const at = frames.findIndex((frame) => 'offset' in frame);
    if (at >= 0) frames.splice(at, 1);
  }

  repeat(): void {
    const last = this.#line?.frames.findLast((frame) => 'offset' in frame);
    if (last) this.#line?.frames.push(last);
  }

  close(code: number): void {
    const line = this.#line;
    this.#line = undefined;
    if (line && !line.isDead) line.socket.onclose?.({ code, reason: '' });
  }

  die(): void {
    if (this.#line) this.#line.isDead = true;
  }

  #open(): Socket {
    const socket: Socket = {
      readyState: 0,
      onopen: null,
      onmessage: null,
      onclose: null,
      send: (text) => this.#receive(line, JSON.parse(text)),
      close: () => {
        if (this.#line === line) this.#line = undefined;
      },
    };
    const line: Line = { socket, frames: [], isOpen: false, isDead: false, isReading: false };
    this.#line = line;
    this.clock.after(1, () => {
      if (this.#line !== line || line.isDead) return;
      if (this.isDown) return this.close(1006);
      line.isOpen = true;
      Object.assign(socket, { readyState: 1 });
      const timestamp = new Date(this.clock.now()).toISOString();
      line.frames.push({
        type: 'connected',
        clientId: 'c',
        timestamp,
        protocol: 'tambuli.v1',
        heartbeatMs: 25_000,
      });
      socket.onopen?.();
    });
    return socket;
  }

  #receive(line: Line, frame: { type: string; id?: string; channels?: { since?: string }[] }): void {
    if (this.#line !== line || line.isDead) return;
    const { type, id } = frame;
    if (type === 'ping') this.#push(line, { type: 'pong', id });
    else if (type === 'auth') this.#push(line, { type: 'authenticated', id, userId: 'u', role: 'user' });
    else if (type === 'unsubscribe') line.isReading = false;
    else if (type === 'subscribe') this.#subscribe(line, id, frame.channels?.[0]?.since);
  }

  #subscribe(line: Line, id: string | undefined, since: string | undefined): void {
    line.isReading = true;
    const [epoch, offset] = (since ?? '').split(':');
    const isKept = epoch === `e${this.epoch}` && Number(offset) + 1 >= this.kept;
    if (!isKept) {
      this.#push(line, { ...this.#subscribed(), id, ...(since !== undefined && { recovered: false }) });
      return;
    }
    this.#push(line, { type: 'subscribed', channel: 'c', id, position: since, recovered: true });
    for (let n = Number(offset) + 1; n <= this.head; n++) this.#push(line, this.#publication(n));
  }

  #push(line: Line, frame: object): void {
    line.frames.push(frame);
  }

  #subscribed() {
    return { type: 'subscribed', channel: 'c', position: `e${this.epoch}:${this.head}` };
  }

  #publication(offset: number) {
    const [id, timestamp] = [`p${this.epoch}-${offset}`, ''];
    return { type: 'note', channel: 'c', offset, data: `e${this.epoch}`, id, timestamp };
  }
}
