import { QueryError } from '../../../db/connection/errors.ts';
import type { Published, Publisher } from '../../../db/publisher.ts';
import type { WriteStatement } from '../../../db/writing/write.ts';
import { AppError } from '../../../errors.ts';
import { writtenAt } from '../../../protocol/schemas/written.ts';
import type { ErrorCode } from '../../../protocol/wire/codes.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import type { NewPublication } from '../../../realtime/publishing/new-publication.ts';
import type { WriteReceipt } from '../model.ts';
import type { People } from './people-service.ts';

type Sql = WriteStatement['change'];

/** A statement that changes one row, and what it publishes of it. */
export interface RowWrite extends Pick<WriteStatement, 'before' | 'change' | 'after'> {
  /** The row `changed` as it is published. */
  readonly row: Sql;
  readonly type: string;
  readonly eventType: string | Sql;
  /** Names in the log; the receipt tells the first. */
  readonly channels: readonly (string | Sql)[];
}

/** The author of a write, the key of the request, and a user to exclude. */
export interface Author {
  readonly by: Principal;
  readonly requestKey: RequestKey | undefined;
  readonly excludeUserId?: string | undefined;
}

export type Written<Row> = WriteReceipt & { readonly data: Row };

/** Writes rows and publishes them in the same transaction (R5). */
export class Writer {
  readonly #publisher: Publisher;
  readonly #people: People;

  constructor(publisher: Publisher, people: People) {
    this.#publisher = publisher;
    this.#people = people;
  }

  /**
   * One round trip; publishes the row to everybody but `excludeUserId`. Throws what `refusal` throws where the statement
   * finds no row that it may change, `forbidden`, `conflict` for an id that is taken, `not_found` for a user there is not,
   * `validation_failed`, `payload_too_large`.
   */
  async write<Row>(
    author: Author,
    { row, type, eventType, channels, after, ...statement }: RowWrite,
    refusal: () => Promise<never> = unexpected,
  ): Promise<Written<Row>> {
    const rest = publishedBy(author);
    const met = this.#people.meeting(author.by);
    const written = this.#publisher.write<Row>(
      {
        ...statement,
        after: { ...after, ...(met && { met }) },
        result: row,
        publications: channels.map((channel) => ({ channel, type, eventType, ...rest })),
      },
      author.requestKey,
    );
    return receiptOf((await written.catch(refuse)) ?? (await refusal()));
  }
}

/** Throws `forbidden`. */
function publishedBy({ by, excludeUserId }: Author): Pick<NewPublication, 'sourceUserId' | 'exclude'> {
  if (excludeUserId !== undefined && excludeUserId !== by.userId && !isAdmin(by)) {
    throw new AppError('forbidden', 'You may keep your updates from yourself, and from nobody else.');
  }
  return {
    ...(!by.service && { sourceUserId: by.userId }),
    ...(excludeUserId !== undefined && { exclude: `user:${excludeUserId}` }),
  };
}

function receiptOf<Row>(published: Published<Row>): Written<Row> {
  const { result: data, publications, delivered } = published;
  const { channel = '', offset = 0 } = publications[0] ?? {};
  return { success: true, channel, offset, delivered, data, ...writtenAt(published) };
}

async function unexpected(): Promise<never> {
  throw new Error('An insert returned no row.');
}

export const isAdmin = (principal: Principal) => principal.service === true || principal.role === 'admin';

/** The reasons for which Postgres may refuse a row that has the documented shape. */
const refusals: readonly (readonly [state: RegExp, ErrorCode, string])[] = [
  [/^23505$/, 'conflict', 'There is one of this id already.'],
  [/^23503$/, 'not_found', 'There is no user of this id.'],
  [/^23514$/, 'validation_failed', 'A promotion ends after it has started.'],
  [/^22/, 'validation_failed', 'A value is out of range.'],
];

function refuse(error: unknown): never {
  const state = error instanceof QueryError ? error.sqlState : '';
  const [, code, message] = refusals.find(([pattern]) => pattern.test(state)) ?? [];
  throw code && message ? new AppError(code, message, { cause: error }) : error;
}
