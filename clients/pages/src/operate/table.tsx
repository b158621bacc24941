import { type FormEvent, type ReactNode, useState } from 'react';
import { usePoll } from '../shell/browser/use-poll.ts';
import { ScrollingTable } from '../shell/frame/scrolling-table.tsx';
import { operateWords } from './words.ts';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  readonly isNumber?: boolean;
}

export function Table<Row>({
  label,
  rows,
  columns,
  keyOf,
}: {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
}): ReactNode {
  const say = operateWords();
  if (rows.length === 0) {
    return (
      <section aria-label={label}>
        <p className="muted">{say.empty}</p>
      </section>
    );
  }
  return (
    <ScrollingTable label={label}>
      <thead>
        <tr>
          {columns.map(({ name, isNumber }) => (
            <th key={name} scope="col" className={isNumber ? 'number' : undefined}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ name, cell, isNumber }) => (
              <td key={name} className={isNumber ? 'number' : undefined}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </ScrollingTable>
  );
}

export interface ListAnswer<Row> {
  readonly data: readonly Row[];
  readonly nextCursor?: string | null;
  readonly matching?: number;
  readonly silent?: readonly string[];
}

interface ListProps<Row> {
  readonly title: string;
  /** Without a query. */
  readonly path: string;
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** Filters by the name of their parameter, and how each is called. */
  readonly filters?: Readonly<Record<string, string>>;
  readonly given?: Readonly<Record<string, string>>;
}

const pauseMs = 5_000;
const perPage = 50;

/** One page of a list, which the server cuts. */
export function List<Row>({
  title,
  path,
  columns,
  keyOf,
  filters = {},
  given = {},
}: ListProps<Row>): ReactNode {
  const say = operateWords();
  const [chosen, setChosen] = useState(given);
  const [cursor, setCursor] = useState<string>();
  const query = new URLSearchParams({ ...chosen, limit: String(perPage), ...(cursor && { cursor }) });
  const { answer, error } = usePoll<ListAnswer<Row>>(`${path}?${query}`, pauseMs);
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const texts = Object.keys(filters).map((name) => [name, String(form.get(name)).trim()] as const);
    setCursor(undefined);
    setChosen(Object.fromEntries(texts.filter(([, text]) => text !== '')));
  }
  return (
    <div className="card stack">
      <h2>{title}</h2>
      {Object.keys(filters).length > 0 && (
        <form className="cluster operate-filters" onSubmit={submit}>
          {Object.entries(filters).map(([name, label]) => (
            <label key={name} className="field">
              {label}
              <input name={name} defaultValue={given[name] ?? ''} autoComplete="off" />
            </label>
          ))}
          <button type="submit">{say.find}</button>
        </form>
      )}
      <Failure error={error} />
      {answer ? (
        <>
          <Missing silent={answer.silent} />
          {answer.matching !== undefined && <p className="muted small">{say.matching(answer.matching)}</p>}
          <Table label={title} rows={answer.data} columns={columns} keyOf={keyOf} />
          <div className="cluster">
            {cursor !== undefined && (
              <button type="button" onClick={() => setCursor(undefined)}>
                {say.first}
              </button>
            )}
            {answer.nextCursor && (
              <button type="button" onClick={() => setCursor(answer.nextCursor ?? undefined)}>
                {say.next}
              </button>
            )}
          </div>
        </>
      ) : (
        !error && <Loading />
      )}
    </div>
  );
}

export function Loading(): ReactNode {
  return <p aria-busy="true">{operateWords().loading}</p>;
}

export function Failure({ error }: { readonly error: Error | undefined }): ReactNode {
  return error ? <p role="alert">{error.message}</p> : null;
}

/** Tells that some processes are not in what is shown. */
export function Missing({ silent = [] }: { readonly silent?: readonly string[] | undefined }): ReactNode {
  if (silent.length === 0) return null;
  return <p role="status">{operateWords().silent(silent.length)}</p>;
}
