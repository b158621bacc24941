import type { ReactNode } from 'react';

interface ScrollingTableProps {
  readonly label: string;
  /** Whether its height has a limit too. */
  readonly isBounded?: boolean;
  readonly children: ReactNode;
}

/** A table that scrolls in a region of its own where it is too wide for its page. */
export function ScrollingTable({ label, isBounded = false, children }: ScrollingTableProps): ReactNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard.
    <section className={isBounded ? 'scroll bounded' : 'scroll'} tabIndex={0} aria-label={label}>
      <table>{children}</table>
    </section>
  );
}
