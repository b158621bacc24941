import { createClient } from '../index.ts';
import type { Client, ClientOptions, Undo } from '../types.ts';
import type { Readable } from './readable.ts';

/** The names of the clinic's portals: one connection of the page, and what is heard of cases over it. */

export interface CaseStatusUpdate {
  readonly caseId: string;
  readonly status: string;
  readonly updatedBy: string;
  readonly timestamp: string;
}

export interface SocketSettings extends ClientOptions {
  /** Default: the server of this page. */
  readonly url?: string;
  /** Decides which cases are heard of: their own by `asha` and `chw`, all by `clinician` and `admin`. */
  readonly role?: 'clinician' | 'admin' | 'asha' | 'chw';
}

let client: Client | undefined;
let undo: readonly Undo[] = [];
let isConnected = false;
const handlers = new Set<(update: CaseStatusUpdate) => void>();
const readers = new Set<(isConnected: boolean) => void>();

/** Whether the page is connected. */
export const connected: Readable<boolean> = {
  subscribe(run) {
    // A function of its own: one that subscribes twice is told twice.
    const reader = (now: boolean) => run(now);
    readers.add(reader);
    run(isConnected);
    return () => void readers.delete(reader);
  },
};

/** Connects the page; a second call changes nothing before `disconnectSocket`. On a server it does nothing. */
export function connectSocket({ url, role = 'clinician', ...options }: SocketSettings = {}): void {
  if (client || typeof document === 'undefined') return;
  const isNamed = options.token !== undefined || options.getToken !== undefined;
  client = createClient(url ?? location.origin, {
    ...(!isNamed && { identity: { userId: 'portal', role } }),
    ...options,
  });
  const isWorker = role === 'asha' || role === 'chw';
  undo = [
    client.on('state', ({ status }) => tell(status === 'connected')),
    client
      .channel(isWorker ? 'clinic_my_cases' : 'clinic_cases')
      .subscribe(({ data }) => Promise.all([...handlers].map((handle) => handle(data as CaseStatusUpdate))), {
        type: 'caseStatusUpdate',
      }),
  ];
  client.connect();
}

/** Closes the connection; handlers stay for the next one. */
export function disconnectSocket(): void {
  for (const each of undo) each();
  client?.close();
  client = undefined;
  tell(false);
}

/** Calls back when the status of a case changes, over this connection and later ones, until undone. */
export function onCaseStatusUpdate(handler: (update: CaseStatusUpdate) => void): Undo {
  const own = (update: CaseStatusUpdate) => handler(update);
  handlers.add(own);
  return () => void handlers.delete(own);
}

function tell(now: boolean): void {
  isConnected = now;
  for (const read of [...readers]) read(now);
}
