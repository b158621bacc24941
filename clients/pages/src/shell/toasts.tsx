import { signal } from '@preact/signals';
import type { ReactNode } from 'react';
import { shellWords } from './words.ts';

export type Tone = 'plain' | 'good' | 'bad';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

const shown = signal<readonly Toast[]>([]);
const mostShown = 4;
const shownMs = 8_000;
let lastId = 0;

/** Tells the person something that has just happened. A failure stays until it is dismissed. */
export function toast(text: string, tone: Tone = 'plain'): void {
  lastId += 1;
  const id = lastId;
  shown.value = [...shown.value, { id, text, tone }].slice(-mostShown);
  if (tone !== 'bad') setTimeout(() => dismiss(id), shownMs);
}

/** Tells the person of a failure. */
export const toastFailure = (error: unknown): void =>
  toast(error instanceof Error ? error.message : String(error), 'bad');

function dismiss(id: number): void {
  shown.value = shown.value.filter((each) => each.id !== id);
}

/** Screen readers announce what comes into the region, so it is there from the beginning. */
export function Toasts(): ReactNode {
  const say = shellWords();
  return (
    <section className="toasts" aria-live="polite" aria-label={say.messages}>
      {shown.value.map(({ id, text, tone }) => (
        <div key={id} className="toast" data-tone={tone}>
          <p>{text}</p>
          <button type="button" className="quiet" aria-label={say.dismiss} onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </section>
  );
}
