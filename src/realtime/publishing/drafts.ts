import type { Draft } from '../ports/event-log.ts';
import type { NewPublication } from './new-publication.ts';
import { encodeData, encodeFitting, SharedData } from './payload.ts';

export interface DraftsOptions {
  /** UTF-8 bytes of the JSON text of a publication's data. */
  readonly maxBytes: number;
  /** Returns a new id, unique everywhere. */
  readonly createId: () => string;
}

/** Makes the form of a publication that a log takes. */
export class Drafts {
  readonly #options: DraftsOptions;

  constructor(options: DraftsOptions) {
    this.#options = options;
  }

  /** For an append that makes its drafts itself. */
  get options(): DraftsOptions {
    return this.#options;
  }

  /** Throws `payload_too_large`. */
  of(publication: NewPublication): Draft {
    return this.#encoded(publication, encodeData);
  }

  /** Data over the limit is cut (see `encodeFitting`), so that it never fails the change that it tells of. */
  ofChange(publication: NewPublication): Draft {
    return this.#encoded(publication, encodeFitting);
  }

  #encoded({ data, ...rest }: NewPublication, encode: typeof encodeData): Draft {
    const { createId, maxBytes } = this.#options;
    const text = data instanceof SharedData ? data.encoded(encode, maxBytes) : encode(data, maxBytes);
    return { ...rest, id: createId(), data: text };
  }
}
