import { useEffect, useState } from 'react';
import { type Client, useTambuli } from '../shell/client.ts';
import { type Entry, placeOf } from './ledger.ts';
import { demoChannel, textOf } from './phone.ts';

const pageSize = 100;

/** The log of the demo's channel since the page was opened, read anew after each publication. */
export function useLog(): readonly Entry[] {
  const client = useTambuli() as unknown as Client;
  const [log, setLog] = useState<readonly Entry[]>([]);
  useEffect(() => {
    const channel = client.channel(demoChannel);
    let kept: readonly Entry[] = [];
    let isReading = false;
    let isAsked = false;
    async function read(): Promise<void> {
      isAsked = true;
      if (isReading) return;
      isReading = true;
      try {
        while (isAsked) {
          isAsked = false;
          kept = await readOn(channel, kept);
          setLog(kept);
        }
      } finally {
        // A read that a broken connection ends is made up for after the next publication.
        isReading = false;
      }
    }
    const stop = channel.subscribe(() => void read().catch(reportError));
    return stop;
  }, [client]);
  return log;
}

/** Reads backwards until what is known already, or to the beginning of the log. */
async function readOn(
  channel: ReturnType<Client['channel']>,
  known: readonly Entry[],
): Promise<readonly Entry[]> {
  const last = known.at(-1);
  const found: Entry[] = [];
  let before: string | undefined;
  for (;;) {
    const page = await channel.history({ limit: pageSize, ...(before !== undefined && { before }) });
    const entries = page.publications.flatMap(({ position, data }): Entry[] => {
      const place = placeOf(position);
      return place ? [{ ...place, text: textOf(data) }] : [];
    });
    const isKnown = (entry: Entry) => last?.epoch === entry.epoch && entry.offset <= last.offset;
    found.unshift(...entries.filter((entry) => !isKnown(entry)));
    if (!page.more || entries.some(isKnown)) return [...known, ...found];
    before = page.position;
  }
}
