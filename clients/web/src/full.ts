import { type WholeChannel, withExtras } from './channel/extras.ts';
import { assemble } from './client.ts';
import { corePlatform, pagePlatform } from './environment.ts';
import type { OpenLink, TransportName } from './links/link.ts';
import { createJudge, createProbe } from './links/transports.ts';
import { openOutbox } from './outbox/outbox.ts';
import { createRequests } from './outbox/requests.ts';
import type { OpenTabs, Tabs } from './tabs/tabs.ts';
import type { Client, ClientOptions, Environment } from './types.ts';

/** The parts in which the builds for pages and for phones differ. */
export interface Parts {
  readonly links: { readonly [Name in TransportName]?: OpenLink };
  readonly tabs?: OpenTabs;
  readonly environment?: Partial<Environment>;
}

const tooLarge = {
  code: 'payload_too_large',
  status: 413,
  message: 'Too large: send a reference.',
};

/** The whole client: the core, several transports, the outbox, one connection for all tabs, and a memory. */
export function assembleWhole<Channels>(
  address: string,
  options: ClientOptions,
  parts: Parts,
): Client<Channels> {
  const environment: Environment = {
    ...corePlatform,
    ...pagePlatform,
    ...parts.environment,
    ...options.environment,
  };
  const { storage, share, transports: wished = Object.keys(parts.links) as TransportName[] } = options;
  const names = wished.filter((name) => parts.links[name]);
  const linkAt = (index: number) => parts.links[names[index] as TransportName];
  const prefix = environment.id().slice(0, 8);
  const positions = new Map<string, string>();
  const isFollowing = () => follows;
  const judge = createJudge(names, environment.online, isFollowing);
  let tabs: Tabs | undefined;
  /** Another tab has the connection. */
  let follows = false;
  /** Since the positions were told: when one was settled for the last time; 1 where something came and none was; or 0. */
  let news = 0;

  /** A write that fails is reported, and a storage that fails leaves the client without a past. */
  const keep = (access: Promise<void> | undefined, channel?: string): Promise<void> | undefined =>
    access?.catch((thrown: unknown) => core.report('storage_failed', thrown, channel));

  const core = assemble(address, options, {
    environment,
    prefix,
    open: ({ transport }) => (follows ? tabs?.open : linkAt(transport)),
    async load() {
      await loading;
      return follows;
    },
    around: () => ({ follows, judge }),
    ready() {
      outbox.flush();
      tabs?.opened();
    },
    told() {
      let told = '';
      for (const [name, { state }] of news && !follows ? channels : []) {
        // So that one more position fits into a ping, whatever its channel is called.
        if (state.position && told.length < 32_512) told += `,${name}@${state.position}`;
      }
      const settledMs = environment.now() - news;
      news = 0;
      return told && { positions: told.slice(1), settledMs };
    },
    frame(frame) {
      news ||= Number(frame.type !== 'pong');
      return tabs?.heard(frame) || requests.take(frame);
    },
    // Another tab still reads it through this one.
    sends: (frame) => frame.type !== 'unsubscribe' || !tabs?.has(frame.channel),
    lost(code, fault) {
      // The frame that is under way ended the connection by its size.
      requests.lost(code === 1009 ? tooLarge : fault);
      tabs?.closed(code, fault);
    },
    present(isPresent) {
      if (!isPresent) return tabs?.pause();
      if (tabs) tabs.resume();
      else if (share) tabs = parts.tabs?.(host);
      probe.wake();
    },
    changed: () => probe.changed(),
    pending: () => outbox.pending(),
    transport: (state) => (follows ? 'tab' : names[state.transport]),
    isWatched: (name: string) => channelOf(name).isWatched(),
    extend: (channel) => withExtras({ ...host, ...outbox }, channel) as object,
  });
  const { client, channels, dispatch } = core;
  const channelOf = core.channelOf as (name: string) => unknown as (name: string) => WholeChannel;
  const requests = createRequests(core);
  const probe = createProbe(core, linkAt(0) as OpenLink, isFollowing);
  /** The host that the parts have in common. */
  const host = {
    ...core,
    ...requests,
    environment,
    storage,
    keep,
    positions,
    save(name: string, position: string) {
      news = environment.now();
      if (!storage) return;
      positions.set(name, position);
      void keep(storage.set(`position/${name}`, position), name);
    },
    name: `tambuli ${core.url} ${share}`,
    role(isFollower: boolean) {
      follows = isFollower;
      dispatch({ type: 'restart' });
    },
    isOwn: (id: unknown) => String(id).startsWith(prefix),
    isWanted: (name: string) => channels.get(name)?.isWanted(),
    present: (name: string) => channelOf(name).present(),
  };
  const outbox = openOutbox(host);

  async function load(): Promise<void> {
    for (const [key, value] of (await storage?.entries('position/')) ?? []) {
      positions.set(key.slice('position/'.length), String(value));
    }
    await outbox.load();
  }
  const loading = storage && keep(load());

  // The compiler alone knows the channels of a server.
  return Object.assign(client, {
    outbox,
    reached: (name: string, position: string) => channelOf(name).reached(position),
  }) as unknown as Client<Channels>;
}
