import { corePlatform, pagePlatform } from '../../../../clients/web/src/environment.ts';
import type { Socket } from '../../../../clients/web/src/links/link.ts';
import type { Environment, Signal } from '../../../../clients/web/src/types.ts';
import type { Random } from '../../../support/random.ts';
import { FakeLocks } from './fake-locks.ts';

/** The factor by which the clocks of these clients run faster than the wall. */
const speed = 10;

/** A device as a client sees it, with switches for a test. */
export interface Device {
  readonly environment: Environment;
  /** The events that the page or the app tells. */
  signal(signal: Signal): void;
  /** New sockets are opened, and die without a frame. */
  blockSockets(isBlocked: boolean): void;
  /** Requests of streams fail. */
  blockStreams(isBlocked: boolean): void;
}

/** One browser: its tabs share locks and channels. */
export interface Browser {
  tab(): Device;
}

export function createBrowser(random: Random): Browser {
  const locks = new FakeLocks();
  const name = crypto.randomUUID();
  const start = Date.now();
  return {
    tab() {
      const reports = new Set<(signal: Signal) => void>();
      let areSocketsBlocked = false;
      let areStreamsBlocked = false;
      const environment: Environment = {
        ...corePlatform,
        ...pagePlatform,
        random,
        now: () => start + (Date.now() - start) * speed,
        after(ms, run) {
          const timer = setTimeout(run, ms / speed);
          return () => clearTimeout(timer);
        },
        fetch(url, init) {
          const isStream = url.includes('/stream?');
          if (isStream && areStreamsBlocked) return Promise.reject(new TypeError('The network is down.'));
          return fetch(url, init);
        },
        socket: (url) => (areSocketsBlocked ? deadSocket() : corePlatform.socket(url)),
        online: () => true,
        locks: () => locks.ofTab(),
        broadcast: (channel) => new BroadcastChannel(`${name} ${channel}`),
        signals(report) {
          reports.add(report);
          return () => void reports.delete(report);
        },
      };
      return {
        environment,
        signal(signal) {
          for (const report of reports) report(signal);
        },
        blockSockets(isBlocked) {
          areSocketsBlocked = isBlocked;
        },
        blockStreams(isBlocked) {
          areStreamsBlocked = isBlocked;
        },
      };
    },
  };
}

/** A socket that a proxy lets through and kills. */
function deadSocket(): Socket {
  const socket: Socket = {
    readyState: 3,
    onopen: null,
    onmessage: null,
    onclose: null,
    send: () => undefined,
    close: () => undefined,
  };
  queueMicrotask(() => socket.onclose?.({ code: 1006, reason: '' }));
  return socket;
}
