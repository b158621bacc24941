import type { Client, Undo } from '../types.ts';

type Listener = (payload: never) => void;

/** The rooms and events of the campus, by the names of its document. */
export interface CampusSocket {
  /** `issue:created`, `issue:updated`, `issue:resolved`, `issue:assigned`, `issue:deleted`, `heatmap:updated`. */
  on<Payload>(event: string, listener: (payload: Payload) => void): Undo;
  off<Payload>(event: string, listener: (payload: Payload) => void): void;
  /** `subscribe:organization` with `{organizationId}`, `…:campus`, `…:building`, `…:heatmap`; `unsubscribe:…` likewise. */
  emit(event: string, room: Readonly<Record<string, string>>): void;
}

/** By the second part of an event, the channel behind a room and the name of its id. */
const rooms: Readonly<Record<string, readonly [channel: string, id: string]>> = {
  organization: ['campus_org', 'organizationId'],
  campus: ['campus', 'campusId'],
  building: ['campus_building', 'buildingId'],
  heatmap: ['campus_heatmap', 'organizationId'],
};

export function campusSocket(client: Client): CampusSocket & { close(): void } {
  const listeners = new Map<string, Set<Listener>>();
  const joined = new Map<string, Undo>();

  function leave(channel: string): void {
    joined.get(channel)?.();
    joined.delete(channel);
  }

  return {
    on(event, listener) {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known.add(listener as Listener));
      return () => void known.delete(listener as Listener);
    },
    off: (event, listener) => void listeners.get(event)?.delete(listener as Listener),
    emit(event, given) {
      const [verb, name = ''] = event.split(':');
      const [prefix, id] = rooms[name] ?? [];
      const value = id && given[id];
      if (!prefix || !value || (verb !== 'subscribe' && verb !== 'unsubscribe'))
        throw new TypeError(
          `"${event}" needs a known room and its id, as {organizationId} of an organization.`,
        );
      const channel = `${prefix}:${value}`;
      if (verb === 'unsubscribe') leave(channel);
      else if (!joined.has(channel)) {
        joined.set(
          channel,
          client.channel(channel).subscribe(({ type, data }) => {
            for (const listener of [...(listeners.get(type) ?? [])]) listener(data as never);
          }),
        );
      }
    },
    close() {
      for (const channel of [...joined.keys()]) leave(channel);
    },
  };
}
