import { type Fault, faults } from '../errors.ts';
import type { ClientFrame, IncomingFrame, Link, LinkHost, OpenLink } from '../links/link.ts';
import * as Pause from '../pauses.ts';
import type { Environment, Presence } from '../types.ts';

/** The part of a client that the tabs of one origin need. */
export interface TabsHost {
  /** The name of server and user: tabs of the same name share a connection. */
  readonly name: string;
  readonly environment: Environment;
  /** This tab now leads, or follows another. */
  role(follows: boolean): void;
  /** To the server, if it can be reached. */
  send(frame: ClientFrame): void;
  isReady(): boolean;
  /** Whether this tab put the id into a frame. */
  isOwn(id: unknown): boolean;
  /** Whether this tab itself reads the channel. */
  isWanted(channel: string): boolean | undefined;
  present(channel: string): Presence | undefined;
}

export interface Tabs {
  /** The connection of a tab that follows. */
  readonly open: OpenLink;
  // Messages of the leading tab to the others.
  opened(): void;
  closed(code: number, fault: Fault): void;
  /** Whether the frame is for another tab alone. */
  heard(frame: IncomingFrame): unknown;
  /** Whether another tab reads the channel through this one. */
  has(channel: string): boolean;
  /** The page goes, perhaps to come back. */
  pause(): void;
  resume(): void;
}

/** Undefined where the browser cannot elect: then each tab is for itself. */
export type OpenTabs = (host: TabsHost) => Tabs | undefined;

type Message =
  /** A tab that follows asks whether the leader has a connection. */
  | { readonly type: 'hello' }
  | { readonly type: 'send'; readonly frame: ClientFrame }
  | { readonly type: 'bye' }
  /** The leader: there is a connection, there is none yet, there is none any more, and what came over it. */
  | { readonly type: 'open' }
  | { readonly type: 'wait' }
  | { readonly type: 'closed'; readonly code: number; readonly fault: Fault }
  | { readonly type: 'frame'; readonly frame: IncomingFrame };

/**
 * One connection for all tabs of an origin. A Web Lock elects the leader, and the browser hands it on the moment that tab
 * goes; the others speak to it by a BroadcastChannel, in the frames of the wire. Every tab has its own positions, so a
 * new leader is for the others what any new connection is.
 */
export const openTabs: OpenTabs = (host) => {
  const { broadcast, locks: find } = host.environment;
  const locks = find?.();
  return locks && broadcast && share(host, locks, broadcast(host.name));
};

function share(host: TabsHost, locks: Locks, channel: Broadcasts): Tabs {
  const { environment, name } = host;

  const me = environment.id();
  /** By tab, what it reads through this one; empty while another one leads. */
  const readers = new Map<string, Set<string>>();
  let isLeading = false;
  let queueing: AbortController | undefined;
  let release: (() => void) | undefined;
  /** The host of this tab's link, while the tab follows. */
  let link: LinkHost | undefined;
  let isOpen = false;
  let isAnswered = true;

  const post = (message: Message) => channel.postMessage({ ...message, from: me });
  /** Says what only the tab that leads may say. */
  const lead = (message: Message) => {
    if (isLeading) post(message);
  };

  function stand(options?: LockOptions): void {
    queueing = new AbortController();
    const { signal } = queueing;
    const term = locks.request(
      name,
      // The browser takes a signal only from those who wait.
      options ?? { signal },
      () =>
        new Promise<void>((resolve) => {
          if (signal.aborted) return resolve();
          release = resolve;
          isLeading = true;
          host.role(false);
        }),
    );
    // Aborted, or the lock was stolen by a tab that this one did not answer.
    term?.catch(() => {
      if (signal.aborted) return;
      resign();
      enter();
    });
  }

  function resign(): void {
    isLeading = false;
    release?.();
    release = undefined;
    readers.clear();
  }

  function drop(name: string): void {
    if (!host.isWanted(name) && !has(name)) host.send({ type: 'unsubscribe', channel: name });
  }

  const has = (name: string) => [...readers.values()].some((names) => names.has(name));

  function carry(from: string, frame: ClientFrame): void {
    const names = readers.get(from) ?? new Set();
    readers.set(from, names);
    if (frame.type === 'unsubscribe') {
      names.delete(frame.channel);
      drop(frame.channel);
      return;
    }
    host.send(frame);
    if (frame.type !== 'subscribe') return;
    for (const { channel: name } of frame.channels) {
      names.add(name);
      // The server tells who is there only to whom it does not know as a reader yet.
      const present = host.present(name);
      if (present) post({ type: 'frame', frame: { type: 'presence_state', channel: name, ...present } });
    }
  }

  channel.onmessage = ({ data: message }: { data: Message & { readonly from: string } }) => {
    isAnswered = true;
    if (message.type === 'hello') {
      lead({ type: host.isReady() ? 'open' : 'wait' });
    } else if (message.type === 'send') {
      if (isLeading && host.isReady()) carry(message.from, message.frame);
    } else if (message.type === 'bye') {
      const left = readers.get(message.from);
      readers.delete(message.from);
      for (const name of left ?? []) drop(name);
    } else if (isLeading || !link) return;
    else if (message.type === 'open') {
      if (!isOpen) {
        isOpen = true;
        link.ready();
      }
    } else if (message.type === 'closed') {
      if (!isOpen) return;
      const { closed } = link;
      link = undefined;
      closed(message.code, message.fault);
    } else if (message.type === 'frame' && isOpen) link.frame(message.frame);
  };

  function enter(): void {
    host.role(true);
    stand();
  }

  enter();
  return {
    open(given): Link {
      link = given;
      isOpen = false;
      isAnswered = false;
      post({ type: 'hello' });
      // A leader that does not even say that it waits is frozen, and holds what it cannot use.
      const stop = environment.after(Pause.leader, () => {
        if (link === given && !isAnswered && !isLeading) {
          queueing?.abort();
          stand({ steal: true });
        }
      });
      return {
        // The tab that leads shows its own token.
        send: (frame) => frame.type !== 'auth' && post({ type: 'send', frame }),
        close() {
          stop();
          if (link === given) link = undefined;
        },
      };
    },
    opened: () => lead({ type: 'open' }),
    closed: (code, fault) => lead({ type: 'closed', code, fault }),
    heard(frame) {
      const { id, channel } = frame as { id?: unknown; channel?: string };
      const isReply = id && !('offset' in frame);
      // A frame that concerns this tab alone stays in it.
      const isOthers = isReply ? !host.isOwn(id) : channel;
      if (readers.size && isOthers) post({ type: 'frame', frame });
      return isReply && isOthers && !channel;
    },
    has,
    pause() {
      lead({ type: 'closed', code: 4001, fault: faults.network });
      post({ type: 'bye' });
      queueing?.abort();
      queueing = undefined;
      resign();
    },
    resume() {
      if (!queueing) enter();
    },
  };
}

type Locks = Pick<LockManager, 'request'>;
type Broadcasts = Pick<BroadcastChannel, 'postMessage' | 'onmessage'>;
