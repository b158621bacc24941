/** Which columns of a row leave, and as what; the same on every way on which the row is published. */
export interface RowShape {
  /**
   * The columns that leave, whatever they are called. Without it all do but `hidden` and those whose names say that they
   * hold a secret, such as `passwordHash`.
   */
  readonly columns?: readonly string[];
  /** Columns that never leave. */
  readonly hidden?: readonly string[];
  /** Columns whose numbers leave as texts. */
  readonly texts?: readonly string[];
  /** By column, its name on the wire where that is not the column's in camelCase. */
  readonly names?: Readonly<Record<string, string>>;
  /** By name on the wire, the columns that are the members of one object. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** The zone that a `timestamp without time zone` is meant in; UTC when left out. */
  readonly zone?: string | undefined;
}

/** `read`: the column `read` of {@link PublishedTable} became true, or got its time. */
export type Change = 'created' | 'updated' | 'status_changed' | 'read' | 'deleted' | 'truncated';

/** A publication that a change makes, and its channels. */
export interface PublishedChange {
  readonly type: string;
  /** Names in the log; `{column}` stands for the row's own value, escaped. */
  readonly channels: readonly string[];
  /** The shape, where it differs from the table's. */
  readonly shape?: RowShape;
  /** The name under which the data holds the row; without it the data is the row. */
  readonly member?: string;
  /** Beside `member`: by name on the wire, columns of the row. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Beside `member`: the name under which the data says which change it was. */
  readonly change?: string;
}

/** The columns that name the user and the kind of a notification. */
export interface TableMutes {
  /** The personal namespace, as in `realtime_mutes`. */
  readonly namespace: string;
  /** The column of the user. */
  readonly user: string;
  /** The column of the kind. */
  readonly kind: string;
}

/** A table, and the publications that its triggers make. */
export interface PublishedTable extends RowShape {
  /** `public` when left out. */
  readonly schema?: string;
  readonly table: string;
  readonly type: string;
  readonly channels: readonly string[];
  /** The column that says whether, or when, somebody has read the row. */
  readonly read?: string;
  /** For notifications: the row is not published to a user who has muted its kind, or everything. */
  readonly mutes?: TableMutes;
  /** The publications of some changes, in place of the row to `channels`. */
  readonly changes?: Partial<Readonly<Record<Change, readonly PublishedChange[]>>>;
}

const changes: readonly Change[] = ['created', 'updated', 'status_changed', 'read', 'deleted', 'truncated'];

/** The form of a shape that realtime_rows, realtime_wire_row and the triggers read. */
export const shapeJson = ({ columns, hidden, texts, names, groups, zone }: RowShape) => ({
  columns,
  hidden,
  texts,
  names,
  groups,
  zone,
});

/** Returns the argument that realtime_change reads. */
export function triggerArgument(table: PublishedTable): string {
  const usual: PublishedChange = { type: table.type, channels: table.channels };
  const publish = changes
    .flatMap((change) => (table.changes?.[change] ?? [usual]).map((each, place) => ({ change, each, place })))
    .toSorted((one, other) => one.place - other.place);
  const items = Map.groupBy(publish, ({ each }) => each);
  return JSON.stringify({
    read: table.read,
    shape: shapeJson(table),
    publish: [...items].map(([item, given]) => ({
      events: given.map(({ change }) => change),
      type: item.type,
      channels: item.channels,
      shape: item.shape && shapeJson({ zone: table.zone, ...item.shape }),
      member: item.member,
      beside: item.beside,
      event: item.change,
      mutes: item === usual ? table.mutes : undefined,
    })),
  });
}
