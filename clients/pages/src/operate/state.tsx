import type { ReactNode } from 'react';
import type { ProcessItem } from '../../../../src/operate/processes/model.ts';
import { operateWords } from './words.ts';

/** The state of a process: `ready`, or the reason why not. */
export function State({ process: { state, self } }: { readonly process: ProcessItem }): ReactNode {
  const say = operateWords();
  const names: Readonly<Record<string, string>> = { silent: say.isSilent, asleep: say.isAsleep };
  const isAtRest = state === 'asleep' || state === 'ended';
  const tone = self?.ready ? 'good' : !self && isAtRest ? undefined : 'bad';
  return (
    <span className="badge" data-tone={tone}>
      {self ? (self.ready ? say.ready : self.notReady) : (names[state] ?? state)}
    </span>
  );
}
