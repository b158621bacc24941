import type { Draft } from '../../realtime/ports/event-log.ts';
import type { RowShape } from './published-table.ts';

/**
 * A table whose rows are found by a key; the log reads them in the statement that appends. The names are ours, never
 * a caller's.
 */
export interface RowSource extends RowShape {
  /** In the schema `public`. */
  readonly table: string;
  /** A unique column, and its SQL type. */
  readonly column: string;
  readonly type: 'integer' | 'text';
}

/**
 * A publication whose data is a row, named in camelCase. `data` is a JSON object whose members are added to the row's
 * own: `{}` for none. Of a row that is too large only the key is published, with `truncated: true`.
 */
export interface SourcedDraft extends Draft {
  readonly from: RowSource;
  /** The key of the row, as text. */
  readonly rowKey: string;
}

/** The reason for which nothing was appended for a sourced draft. */
export type Refusal = 'missing';

export function isSourced(draft: Draft | SourcedDraft): draft is SourcedDraft {
  return 'from' in draft;
}
