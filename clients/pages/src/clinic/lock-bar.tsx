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
      <p role="status">{lockText(state)}</p>
      {(state.kind === 'lost' || state.kind === 'idle') && (
        <button type="button" onClick={take}>
          {say.lockTake}
        </button>
      )}
    </div>
  );
}

/** The fencing token, while this page has the lock. */
export const tokenOf = (state: LockState): number | undefined =>
  state.kind === 'held' ? state.token : undefined;

/** Says who has the lock, or why this page has it not. */
export function lockText(state: LockState): string {
  const say = clinicWords();
  switch (state.kind) {
    case 'held':
      return say.lockHeld;
    case 'waiting':
      return `${say.lockWaiting(state.holder ?? say.someone)} ${say.lockPlace(state.place)}`;
    case 'lost':
    case 'idle': {
      const reason = state.kind === 'lost' ? say.lockLost : say.lockIdle;
      return state.holder === undefined ? reason : `${reason} ${say.lockWaiting(state.holder)}`;
    }
    case 'asking':
      return say.lockAsking;
    case 'gone':
      return say.gone;
    default:
      return state satisfies never;
  }
}
