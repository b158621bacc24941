import type { ClientFrame, IncomingFrame, LinkEnd, OpenLink } from './links/link.ts';
import type { Environment, Presence } from './types.ts';

/** What the tabs of one origin need of the client in each of them. */
export interface TabsHost {
  /** Server and user: tabs of the same scope share a connection. */
  readonly scope: string;
  readonly environment: Environment;
  /** This tab now leads, or follows another. */
  role(follows: boolean): void;
  /** To the server, if it can be reached. */
  forward(frame: ClientFrame): void;
  isReady(): boolean;
  transport(): string | null;
  /** Whether this tab itself reads the channel. */
  wants(channel: string): boolean;
  present(channel: string): Presence | undefined;
}

export interface Tabs {
  /** The connection of a tab that follows. */
  readonly open: OpenLink;
  // What the tab that leads tells the others.
  opened(transport: string | null): void;
  closed(end: LinkEnd): void;
  heard(frame: IncomingFrame): void;
  /** Whether another tab reads the channel through this one. */
  holds(channel: string): boolean;
  /** The page goes, perhaps to come back. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Undefined where the browser cannot elect: then each tab is for itself. */
export type OpenTabs = (host: TabsHost) => Tabs | undefined;
