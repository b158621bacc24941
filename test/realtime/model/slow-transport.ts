import type { ControlFrame } from '../../../src/protocol/frames/server-frames.ts';
import type { Delivery, Gateway, Transport } from '../../../src/realtime/ports/transport.ts';
import type { ReferenceReader } from './reader.ts';

/** A gateway of the model. A broadcast reaches every transport that joined. */
export class ModelGateway implements Gateway {
  readonly name = 'model';
  readonly userLimit = 'socketsPerUser';
  readonly joined = new Set<SlowTransport>();

  broadcast(channel: string, delivery: Delivery): void {
    this.multicast(channel, delivery, this.joined);
  }

  multicast(_channel: string, delivery: Delivery, to: Iterable<SlowTransport>): void {
    for (const transport of to) transport.deliver(delivery);
  }
}

/** A transport that is congested when the test says so, and hands everything to the reference of its reader. */
export class SlowTransport implements Transport {
  readonly gateway: ModelGateway;
  readonly #reader: ReferenceReader;
  #drained = Promise.withResolvers<void>();
  #isOpen = true;
  congested = false;

  constructor(gateway: ModelGateway, reader: ReferenceReader) {
    this.gateway = gateway;
    this.#reader = reader;
  }

  clog(): void {
    this.congested = true;
  }

  drain(): void {
    this.congested = false;
    this.#drained.resolve();
    this.#drained = Promise.withResolvers();
  }

  /** The connection is gone. */
  cut(): void {
    this.#isOpen = false;
    this.drain();
  }

  drained(): Promise<void> {
    return this.congested ? this.#drained.promise : Promise.resolve();
  }

  send(frame: ControlFrame): void {
    if (this.#isOpen && frame.type === 'subscribed') this.#reader.moved(frame.position, frame.recovered);
  }

  deliver(delivery: Delivery): void {
    if (this.#isOpen) this.#reader.given(delivery);
  }

  join(): void {
    this.gateway.joined.add(this);
  }

  leave(): void {
    this.gateway.joined.delete(this);
  }

  readonly whisper = nothing;
  readonly probe = nothing;
  readonly disconnect = nothing;
}

const nothing = () => undefined;
