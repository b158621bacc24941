import { serverFrames } from '../../protocol/server-frames.ts';
import type { NamespaceRegistry } from '../../realtime/namespace.ts';
import type { EncodeItem } from '../fanout/shared-delivery.ts';

/** Event names with a meaning of their own: socket.io's, and those of what is no publication. */
const reserved = new Set([
  ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'],
  ...['end', 'position', ...Object.keys(serverFrames)],
]);

/** What an application listens to for publications of this type. */
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

/** The vector alone, for whoever was answered through an acknowledgement. */
export function positionPacket(vector: string): string {
  return `42["position","${vector}"]`;
}

/** What the listeners of a publication get: the whole of it, or where its namespace says so its data. */
export function publicationPacket(namespaces: NamespaceRegistry): EncodeItem<string> {
  return ({ publication, text }) => {
    const name = eventName(publication.type);
    const json = namespaces.ofChannel(publication.channel)?.eventPayload === 'data' ? publication.data : text;
    return (vector) => eventPacket(name, json, vector);
  };
}

/** Refuses a connection; the stock client shows `message` and `data` in its `connect_error`. */
export function connectErrorPacket(message: string, data: object): string {
  return `44${JSON.stringify({ message, data })}`;
}
