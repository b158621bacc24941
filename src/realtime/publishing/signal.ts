import type { EphemeralFrame } from '../../protocol/frames/publication-frames.ts';
import { parseExact } from '../../protocol/wire/json.ts';
import type { Exclusion } from '../../protocol/wire/publication.ts';

/** A user with connections in several processes: gateway, user id, and the number over all processes. */
export type SharedUser = readonly [gateway: string, userId: string, total: number];

/** A piece of a message between processes; see `peers/parts.ts`. */
export interface Part {
  readonly message: string;
  readonly index: number;
  readonly total: number;
  /** Base64 of UTF-8. */
  readonly text: string;
}

/** A message between processes about a channel, beside its publications. */
export type Signal =
  /** Somebody came or went: read who is there. */
  | { readonly kind: 'presence' }
  /** These users have connections in several processes. */
  | { readonly kind: 'connections'; readonly users: readonly SharedUser[] }
  /** A piece of a message between processes that does not concern readers. */
  | { readonly kind: 'part'; readonly part: Part }
  /** For every reader but the excluded one. */
  | { readonly kind: 'ephemeral'; readonly frame: EphemeralFrame; readonly exclude?: Exclusion };

export function encodeSignal(signal: Signal): string {
  return JSON.stringify(signal);
}

/** Undefined for a signal of another version. */
export function parseSignal(text: string): Signal | undefined {
  try {
    const signal = parseExact(text) as Signal;
    if (signal.kind === 'presence' || signal.kind === 'part') return signal;
    const isKnown = signal.kind === 'connections' ? Array.isArray(signal.users) : signal.frame.ephemeral;
    return isKnown ? signal : undefined;
  } catch {
    return undefined;
  }
}
