import type { EphemeralFrame } from '../../protocol/frames/server-frames.ts';
import { parseExact } from '../../protocol/wire/json.ts';
import type { Exclusion } from '../../protocol/wire/publication.ts';

/** A user with connections in several processes: gateway, user id, and the number over all processes. */
export type SharedUser = readonly [gateway: string, userId: string, total: number];

/** A message between processes about a channel, beside its publications. */
export type Signal =
  /** Somebody came or went: read who is there. */
  | { readonly kind: 'presence' }
  /** These users have connections in several processes. */
  | { readonly kind: 'connections'; readonly users: readonly SharedUser[] }
  /** For every reader but the excluded one. */
  | { readonly kind: 'ephemeral'; readonly frame: EphemeralFrame; readonly exclude?: Exclusion };

export function encodeSignal(signal: Signal): string {
  return JSON.stringify(signal);
}

/** Undefined for a signal of another version. */
export function parseSignal(text: string): Signal | undefined {
  try {
    const signal = parseExact(text) as Signal;
    if (signal.kind === 'presence') return signal;
    const isKnown = signal.kind === 'connections' ? Array.isArray(signal.users) : signal.frame.ephemeral;
    return isKnown ? signal : undefined;
  } catch {
    return undefined;
  }
}
