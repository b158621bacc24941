/**
 * Bun makes a buffer of this many bytes for each stream, of which an idle one uses the first event. More bytes than that
 * wait in the stream's own queue.
 */
const sinkBytes = 1_024;

/** One for all streams, as it holds nothing of them. */
export const queueing = new ByteLengthQueuingStrategy({ highWaterMark: sinkBytes });

/** Bytes in the queue of a stream that was made with `queueing`. */
export function queuedBytes({ desiredSize }: ReadableStreamDefaultController<Uint8Array>): number {
  return Math.max(0, sinkBytes - (desiredSize ?? sinkBytes));
}
