import type { ReactNode } from 'react';
import { boardWords } from './words.ts';

const tones: readonly (readonly [RegExp, string])[] = [
  [/^(urgent|critical|emergency)$/i, 'bad'],
  [/^(high|postponed)$/i, 'warn'],
  [/^(scheduled|ongoing|open|active|in_progress)$/i, 'accent'],
  [/^(resolved|settled|completed|closed)$/i, 'good'],
];

/** A status or priority, in the words of the page as far as it knows them. */
export function Badge({ of }: { readonly of: string | null | undefined }): ReactNode {
  if (!of) return null;
  const [, tone] = tones.find(([states]) => states.test(of)) ?? [];
  return (
    <span className="badge" data-tone={tone}>
      {boardWords().state(of)}
    </span>
  );
}

/** The priority where it is more than usual. */
export function Priority({ of }: { readonly of: string | null | undefined }): ReactNode {
  return of && !/^(normal|low|routine|medium)$/i.test(of) ? <Badge of={of} /> : null;
}
