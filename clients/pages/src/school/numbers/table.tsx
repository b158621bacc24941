import type { ReactNode } from 'react';
import { ScrollingTable } from '../../shell/frame/scrolling-table.tsx';

export interface TableRow {
  /** Its own among the rows, where names may be the same. */
  readonly key: string;
  readonly name: string;
  readonly values: readonly string[];
}

export interface TableProps {
  readonly label: string;
  /** The first is of the names of rows. */
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  /** Shown in place of no rows. */
  readonly empty: string;
}

/** Numbers by name; a table that is too large for its card scrolls in it. */
export function Table({ label, columns, rows, empty }: TableProps): ReactNode {
  return (
    <div className="card stack tight">
      <h3>{label}</h3>
      {rows.length === 0 ? (
        <p className="muted">{empty}</p>
      ) : (
        <ScrollingTable label={label} isBounded>
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, name, values }) => (
              <tr key={key}>
                <th scope="row">{name}</th>
                {values.map((value, place) => (
                  <td key={columns[place + 1]}>{value}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </ScrollingTable>
      )}
    </div>
  );
}
