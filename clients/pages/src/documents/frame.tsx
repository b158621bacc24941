import type { ReactNode } from 'react';
import { documentWords } from './words.ts';

/** The part of a JSON schema that is shown. */
export interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly description?: string;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface Message {
  readonly name: string;
  readonly summary?: string;
  readonly payload: Schema;
  readonly examples?: readonly { readonly payload: unknown }[];
}

/** A frame with its fields and examples, closed at first. */
export function Frame({ message }: { readonly message: Message }): ReactNode {
  const say = documentWords();
  const { name, summary, payload, examples = [] } = message;
  const fields = Object.entries(payload.properties ?? {});
  return (
    <details className="card frame-of-wire">
      <summary>
        <code>{name}</code> <span className="muted">{summary}</span>
      </summary>
      <div className="stack tight">
        <table>
          <thead>
            <tr>
              <th scope="col">{say.field}</th>
              <th scope="col">{say.kind}</th>
              <th scope="col">{say.meaning}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map(([field, schema]) => (
              <tr key={field}>
                <td>
                  <code>{field}</code>
                </td>
                <td>
                  <code>{kindOf(schema)}</code>
                </td>
                <td>
                  {schema.description}{' '}
                  {payload.required?.includes(field) || <span className="muted">{say.optional}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {examples.map((example) => (
          <pre key={JSON.stringify(example)}>{JSON.stringify(example.payload, undefined, 2)}</pre>
        ))}
      </div>
    </details>
  );
}

function kindOf({ type, const: value, anyOf, items, properties }: Schema): string {
  if (value !== undefined) return JSON.stringify(value);
  if (anyOf) return [...new Set(anyOf.map(kindOf))].join(' | ');
  if (type === 'array') return items ? `${kindOf(items)}[]` : 'array';
  if (type === 'object' && properties) return `{ ${Object.keys(properties).join(', ')} }`;
  return type ?? 'any';
}
