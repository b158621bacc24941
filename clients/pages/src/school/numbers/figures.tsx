import type { ReactNode } from 'react';
import { schoolWords } from '../words.ts';
import { number } from './formats.ts';

export interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
}

/** One number, large. */
export function Figure({ label, value, note }: FigureProps): ReactNode {
  return (
    <div className="card stack tight">
      <p className="muted">{label}</p>
      <p className="figure">{value}</p>
      {note && <p className="muted small">{note}</p>}
    </div>
  );
}

export interface BarsProps {
  readonly label: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly word: (name: string) => string;
}

const shownAtOnce = 10;

/** Counts by name, each beside a bar; many of them scroll. */
export function Bars({ label, counts, word }: BarsProps): ReactNode {
  const entries = Object.entries(counts);
  const most = Math.max(1, ...entries.map(([, count]) => count));
  const isLong = entries.length > shownAtOnce;
  return (
    <div className="card stack tight">
      <h3>{label}</h3>
      {entries.length === 0 && <p className="muted">{schoolWords().nothing}</p>}
      <section
        className={isLong ? 'bars scroll bounded' : 'bars'}
        aria-label={label}
        // A region that scrolls is reached by keyboard.
        tabIndex={isLong ? 0 : undefined}
      >
        {entries.map(([name, count]) => (
          <label key={name} className="bar-row">
            <span>{word(name)}</span>
            <progress value={count} max={most} />
            <span className="number">{number(count)}</span>
          </label>
        ))}
      </section>
    </div>
  );
}
