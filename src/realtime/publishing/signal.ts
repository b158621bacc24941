import type { EphemeralFrame } from '../../protocol/frames/server-frames.ts';
import { parseExact } from '../../protocol/wire/json.ts';
import type { Exclusion } from '../../protocol/wire/publication.ts';

/** What processes say to each other about a channel beside its publications. */
export type Signal =
  /** Somebody came or went: read who is there. */
  | { readonly kind: 'presence' }
  /** For every reader but the excluded one. */
  | { readonly kind: 'ephemeral'; readonly frame: EphemeralFrame; readonly exclude?: Exclusion };

export function encodeSignal(signal: Signal): string {
  return JSON.stringify(signal);
}

/** Undefined for what another version says. */
export function parseSignal(text: string): Signal | undefined {
  try {
    const signal = parseExact(text) as Signal;
    return signal.kind === 'presence' || signal.frame.ephemeral ? signal : undefined;
  } catch {
    return undefined;
  }
}
