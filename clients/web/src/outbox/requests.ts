import { type Fault, faults, TambuliError } from '../errors.ts';
import type { ClientFrame, IncomingFrame, ServerFrame } from '../links/link.ts';

/** The part of the connection that requests go over. */
export interface RequestsHost {
  isReady(): boolean;
  nextId(): string;
  send(frame: ClientFrame): void;
}

/** Frames that have one reply each. */
export function createRequests({ isReady, nextId, send }: RequestsHost) {
  const waiting = new Map<
    unknown,
    { resolve(frame: ServerFrame): void; reject(error: TambuliError): void }
  >();
  return {
    /** Rejects with a TambuliError; `network` when the connection went first. */
    request(frame: ClientFrame): Promise<ServerFrame> {
      if (!isReady()) return Promise.reject(new TambuliError(faults.network));
      const id = nextId();
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        send({ ...frame, id });
      });
    },
    /** Whether it was a reply. */
    take(frame: IncomingFrame): boolean {
      const { id } = frame as { id?: unknown };
      const request = waiting.get(id);
      waiting.delete(id);
      if (frame.type === 'error') request?.reject(new TambuliError(frame as Fault));
      else request?.resolve(frame as ServerFrame);
      return !!request;
    },
    lost(fault: Fault): void {
      for (const { reject } of waiting.values()) reject(new TambuliError(fault));
      waiting.clear();
    },
  };
}
