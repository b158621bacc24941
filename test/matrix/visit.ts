import type { GatewayService } from '../support/services/gateway-service.ts';

/** Somebody who tries to read the example of a namespace. */
export interface Visit {
  readonly service: Pick<GatewayService, 'url' | 'socketUrl'>;
  /** The caller's own. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The example, by its name on the wire. */
  readonly channel: string;
  /** A channel that everybody may read: what is published there shows that a reader was really connected. */
  readonly control: string;
  /** The beginning of the example's log, and of the control's: positions, from any source. */
  readonly since: string;
  readonly controlSince: string;
}

/** One attempt to read, beside the control; it goes on until it is disposed. */
export interface Probe extends AsyncDisposable {
  /** The code the example was refused with; undefined when it was not. */
  readonly refusal: string | undefined;
  /** Everything that came, as text. */
  heard(): string;
}

export interface Way {
  readonly name: string;
  /** The publications that it brings to a permitted reader: what was published `before` it, `after` it was opened. */
  readonly brings: readonly ('before' | 'after')[];
  /** Resolves when the control stands, and the example stands or was refused. */
  open(visit: Visit): Promise<Probe>;
}

/** Texts as they come. */
export function createEar() {
  const texts: string[] = [];
  return {
    hear: (item: unknown) => void texts.push(typeof item === 'string' ? item : JSON.stringify(item)),
    heard: () => texts.join('\n'),
  };
}
