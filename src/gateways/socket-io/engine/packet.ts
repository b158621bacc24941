import type { AcknowledgedEvent } from '../../../extension/addresses.ts';
import { serverFrames } from '../../../protocol/frames/server-frames.ts';
import type { NamespaceRegistry } from '../../../realtime/channels/namespace.ts';
import type { EncodeItem } from '../../fanout/shared-delivery.ts';
import type { Packets } from '../host.ts';

/** Event names with a meaning of their own: socket.io's, and those of what is no publication. */
const reserved = new Set([
  ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'],
  ...['end', 'position', ...Object.keys(serverFrames)],
]);

/** Returns the name of the event that an application listens to for publications of this type. */
export function eventName(type: string): string {
  return reserved.has(type) ? 'publication' : type;
}

/**
 * An Engine.IO message that holds a Socket.IO event: one JSON argument and, where the session moved, its vector. The
 * stock client keeps a last argument that is a string as its offset, so no other text may stand there.
 */
export function eventPacket(name: string, json: string, vector?: string): string {
  const last = vector === undefined ? '' : `,"${vector}"`;
  return `42[${JSON.stringify(name)},${json}${last}]`;
}

/** The vector alone, for a client that got its reply through an acknowledgement. */
export function positionPacket(vector: string): string {
  return `42["position","${vector}"]`;
}

/**
 * The argument for the listeners of a publication: the whole of it, or where its namespace says so its data. One that
 * awaits a receipt carries an acknowledgement id, the offset of the publication; the stock client puts its callback in
 * the place of the vector, so the vector follows by itself.
 */
export function publicationPackets(
  namespaces: NamespaceRegistry,
  receipts: ReadonlyMap<string, AcknowledgedEvent>,
): EncodeItem<Packets> {
  return ({ publication, text }) => {
    const { type, channel, offset, data } = publication;
    const name = eventName(type);
    const json = namespaces.ofChannel(channel)?.eventPayload === 'data' ? data : text;
    const receipt = receipts.get(type);
    const isAwaited = receipt && channel.startsWith(`${receipt.channel}:`) && receipt.frame(JSON.parse(data));
    if (!isAwaited) return (vector) => [eventPacket(name, json, vector)];
    const receipted = receiptedPacket(offset, name, json);
    return (vector) => [receipted, positionPacket(vector)];
  };
}

const receiptedPacket = (id: number, name: string, json: string) =>
  `42${id}[${JSON.stringify(name)},${json}]`;

/** The reply that waits under the id; `json` is its one argument. */
export function acknowledgementPacket(id: number, json: string): string {
  return `43${id}[${json}]`;
}

/** Accepts the namespace. */
export function connectPacket(sid: string, pid: string): string {
  return `40${JSON.stringify({ sid, pid })}`;
}

/** Refuses a namespace that there is not. */
export function unknownNamespacePacket(namespace: string): string {
  return `44${namespace},${JSON.stringify({ message: 'Invalid namespace' })}`;
}

/** Ends the namespace: the stock client does not come back by itself. */
export const disconnectPacket = '41';

/** Refuses a connection; the stock client shows `message` and `data` in its `connect_error`. */
export function connectErrorPacket(message: string, data: object): string {
  return `44${JSON.stringify({ message, data })}`;
}
