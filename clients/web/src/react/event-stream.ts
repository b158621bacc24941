import { sentence } from '../errors.ts';
import { asFault } from '../links/http.ts';
import { events } from '../links/sse.ts';
import * as Pause from '../pauses.ts';
import type { Store } from '../stores/store.ts';

/** One message of a stream of the campus. */
export interface StreamMessage<Data = unknown> {
  readonly type: 'initial' | 'update' | 'created' | 'updated' | 'deleted' | 'heartbeat';
  readonly data: Data;
  readonly timestamp: string;
}

export interface StreamState<Data = unknown> {
  /** The last message that was no heartbeat. */
  readonly message: StreamMessage<Data> | null;
  readonly isConnected: boolean;
  /** The reason for which there is no stream; null while there is one, or the first is being opened. */
  readonly error: string | null;
}

export const noStream: StreamState<never> = { message: null, isConnected: false, error: null };

/** A stream that is open while somebody subscribes, and comes back by itself with the position that it had. */
export function streamStore<Data>(
  url: string,
  token: () => string | undefined,
  hear: (message: StreamMessage<Data>) => void,
): Store<StreamState<Data>> {
  let state: StreamState<Data> = noStream;
  let lastId: string | undefined;

  async function run(signal: AbortSignal, change: (part: Partial<StreamState<Data>>) => void): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        const bearer = token();
        const response = await fetch(url, {
          signal,
          cache: 'no-store',
          headers: {
            accept: 'text/event-stream',
            ...(bearer && { authorization: `Bearer ${bearer}` }),
            ...(lastId !== undefined && { 'last-event-id': lastId }),
          },
        });
        if (!response.ok) {
          const isFinal = response.status < 500 && response.status !== 408 && response.status !== 429;
          change({ isConnected: false, error: `The server refused the stream: ${response.status}.` });
          if (isFinal) return;
        } else {
          change({ isConnected: true, error: null });
          await events(response, (event, data, id) => {
            if (event !== 'message' || signal.aborted) return;
            failures = 0;
            lastId = id || lastId;
            const message: StreamMessage<Data> = JSON.parse(data);
            if (message.type === 'heartbeat') return;
            change({ message });
            hear(message);
          });
          change({ isConnected: false });
        }
      } catch (thrown) {
        if (signal.aborted) return;
        change({ isConnected: false, error: sentence(asFault(thrown)) });
      }
      const longest = Math.min(Pause.longest, Pause.first * 2 ** failures);
      await new Promise((resolve) => setTimeout(resolve, Pause.floor + Math.random() * longest));
    }
  }

  return {
    get: () => state,
    subscribe(notify) {
      const aborting = new AbortController();
      void run(aborting.signal, (part) => {
        if (aborting.signal.aborted) return;
        state = { ...state, ...part };
        notify();
      });
      return () => {
        aborting.abort();
        state = { ...state, isConnected: false };
      };
    },
  };
}
