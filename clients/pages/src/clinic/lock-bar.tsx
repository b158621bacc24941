import type { ReactNode } from 'react';
import type { LockState } from './case-lock.ts';
import { clinicWords } from './words.ts';

/** Says who has the case. */
export function LockBar({
  state,
  take,
}: {
  readonly state: LockState;
  readonly take: () => void;
}): ReactNode {
  const say = clinicWords();
  return (
    <div className="lock" data-kind={state.kind}>
      <p role="status">{textOf(state)}</p>
      {(state.kind === 'lost' || state.kind === 'idle') && (
        <button type="button" onClick={take}>
          {say.lockTake}
        </button>
      )}
    </div>
  );
}

function textOf(state: LockState): string {
  const say = clinicWords();
  switch (state.kind) {
    case 'held':
      return say.lockHeld;
    case 'waiting':
      return `${say.lockWaiting(state.holder ?? say.someone)} ${say.lockPlace(state.place)}`;
    case 'lost':
      return say.lockLost;
    case 'idle':
      return say.lockIdle;
    case 'asking':
      return say.lockAsking;
    case 'gone':
      return say.gone;
    default:
      return state satisfies never;
  }
}
