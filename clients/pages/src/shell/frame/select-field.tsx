import type { ComponentProps, ReactNode } from 'react';

interface SelectFieldProps extends Omit<ComponentProps<'select'>, 'onChange' | 'children'> {
  readonly label: string;
  readonly values: readonly (string | number)[];
  /** The word for a value; the value itself where it is left out. */
  readonly wordOf?: (value: string) => string;
  readonly onValue?: (value: string) => unknown;
}

/** A choice among values, with its label. */
export function SelectField({ label, values, wordOf, onValue, ...select }: SelectFieldProps): ReactNode {
  return (
    <label className="field">
      {label}
      <select {...select} {...(onValue && { onChange: (event) => onValue(event.currentTarget.value) })}>
        {values.map((value) => (
          <option key={value} value={value}>
            {wordOf ? wordOf(String(value)) : value}
          </option>
        ))}
      </select>
    </label>
  );
}
