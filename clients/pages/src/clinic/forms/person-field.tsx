import { type ReactNode, useId } from 'react';
import { usePresence } from '../../shell/client.ts';

interface PersonFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (userId: string) => void;
  readonly roles: readonly string[];
  readonly isReadOnly?: boolean;
  readonly isRequired?: boolean;
  readonly help?: string;
}

/** The user id of a person of the clinic; those who are online are offered. */
export function PersonField(props: PersonFieldProps): ReactNode {
  const { label, value, onChange, roles, isReadOnly = false, isRequired = false, help } = props;
  const id = useId();
  const { users } = usePresence('clinic_lobby');
  return (
    <>
      <label className="field">
        {label}
        <input
          value={value}
          required={isRequired}
          readOnly={isReadOnly}
          maxLength={200}
          list={`${id}-people`}
          autoComplete="off"
          autoCapitalize="none"
          aria-describedby={help === undefined ? undefined : `${id}-help`}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </label>
      {help !== undefined && (
        <p id={`${id}-help`} className="muted small help">
          {help}
        </p>
      )}
      <datalist id={`${id}-people`}>
        {users.map(({ userId, role }) => roles.includes(role) && <option key={userId} value={userId} />)}
      </datalist>
    </>
  );
}
