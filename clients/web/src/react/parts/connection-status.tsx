import { type ReactNode, useMemo } from 'react';
import { type ConnectionSummary, createConnectionStatus } from '../../parts/connection-status.ts';
import type { Client } from '../../types.ts';
import { useTambuli } from '../base.ts';
import { useValue } from './use-value.ts';

/** The texts of {@link ConnectionStatus}. */
export type ConnectionWords = Readonly<Record<ConnectionSummary['kind'], string>> & {
  readonly pending: (count: number) => string;
};

const english: ConnectionWords = {
  live: 'Live',
  slow: 'Live, by polling',
  connecting: 'Connecting',
  waiting: 'Offline, trying again',
  off: 'Offline',
  stopped: 'Disconnected',
  pending: (count) => `${count} to be sent`,
};

export interface ConnectionStatusProps {
  readonly words?: ConnectionWords;
}

/** One line about the connection, which screen readers announce when it changes. Styled by `data-kind`. */
export function ConnectionStatus({ words = english }: ConnectionStatusProps): ReactNode {
  const client = useTambuli() as unknown as Client;
  const { kind, transport, reason, pending } = useValue(
    useMemo(() => createConnectionStatus(client), [client]),
  );
  const title = reason ?? transport ?? undefined;
  return (
    <span role="status" className="tambuli-connection" data-kind={kind} title={title}>
      {words[kind]}
      {pending > 0 && ` · ${words.pending(pending)}`}
    </span>
  );
}
