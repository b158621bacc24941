import type { Clock } from '../../lib/clock.ts';
import {
  type Entered,
  type Member,
  type Presence,
  type PresenceEntry,
  type PresenceStore,
  presenceLeaseMs,
  type Told,
} from '../ports/presence-store.ts';
import { HeldEntries } from '../presence/held-entries.ts';

interface Row extends Member {
  /** By process, numbers above zero. */
  readonly counts: Map<symbol, number>;
}

/** Presence for managers that share this process: each call connects one more, with a lease of its own. */
export function createMemoryPresence({ clock }: { readonly clock: Clock }): () => PresenceStore {
  const channels = new Map<string, Map<string, Row>>();
  /** When each process was seen. */
  const leases = new Map<symbol, number>();

  const enter = (process: symbol, { channel, userId, role }: PresenceEntry): Entered => {
    const users = channels.get(channel) ?? new Map<string, Row>();
    const row = users.get(userId) ?? { userId, role, since: clock.now(), counts: new Map() };
    const total = [...row.counts.values()].reduce((sum, count) => sum + count, 0);
    channels.set(channel, users.set(userId, row));
    row.counts.set(process, (row.counts.get(process) ?? 0) + 1);
    return total === 0 ? 'new' : 'known';
  };

  /** Returns how many the others have. */
  const tell = (process: symbol, { count, ...entry }: Told): number => {
    if (count > 0) enter(process, entry);
    const counts = channels.get(entry.channel)?.get(entry.userId)?.counts;
    if (count > 0) counts?.set(process, count);
    else leave(process, entry, Number.POSITIVE_INFINITY);
    return [...(counts ?? [])].reduce((sum, [each, held]) => sum + (each === process ? 0 : held), 0);
  };

  /** True when no process has any left. */
  const leave = (process: symbol, { channel, userId }: Presence, times: number): boolean => {
    const users = channels.get(channel);
    const counts = users?.get(userId)?.counts;
    const count = counts?.get(process);
    if (!users || !counts || count === undefined) return false;
    if (count > times) counts.set(process, count - times);
    else counts.delete(process);
    if (counts.size > 0) return false;
    users.delete(userId);
    if (users.size === 0) channels.delete(channel);
    return true;
  };

  const end = (process: symbol): Presence[] => {
    leases.delete(process);
    const all = [...channels].flatMap(([channel, users]) =>
      [...users.keys()].map((userId) => ({ channel, userId })),
    );
    return all.filter((presence) => leave(process, presence, Number.POSITIVE_INFINITY));
  };

  return () => {
    const process = Symbol('process');
    const entries = new HeldEntries();
    const renew = () => {
      entries.move(leases.has(process) ? 'renewed' : 'created');
      leases.set(process, clock.monotonic());
    };
    return {
      async enter(entries) {
        renew();
        return entries.map((entry) => enter(process, entry));
      },
      async leave(presences) {
        return presences.filter((presence) => leave(process, presence, 1));
      },
      async tell(counts) {
        renew();
        return counts.map((told) => tell(process, told));
      },
      async members(channel, limit) {
        // In the order in which they entered.
        const users = [...(channels.get(channel)?.values() ?? [])];
        const members = users.slice(0, limit).map(({ counts: _, ...member }) => member);
        return { count: users.length, members };
      },
      async beat() {
        const lost = entries.beaten(leases.has(process));
        if (entries.state === 'held') leases.set(process, clock.monotonic());
        const over = [...leases].flatMap(([each, seen]) =>
          clock.monotonic() - seen > presenceLeaseMs || (lost && each === process) ? [each] : [],
        );
        return { lost, left: over.flatMap(end) };
      },
      async [Symbol.asyncDispose]() {
        end(process);
      },
    };
  };
}
