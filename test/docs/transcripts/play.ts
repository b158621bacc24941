import { ownFences, type Page } from '../pages.ts';
import { openPageServices } from './services.ts';
import { comparable, readTranscript } from './transcript.ts';

/** An answer as the page prints it, and as it came. */
export interface Played {
  /** Index of the first line of the answer in the page. */
  readonly line: number;
  readonly documented: string;
  /** With the epochs of the page where it has printed them before. */
  readonly answer: string;
}

/** Plays the `console` blocks of a page in their order, on a fresh start of the server. */
export async function playPage(page: Page): Promise<Played[]> {
  const fences = ownFences(page, 'console');
  if (fences.length === 0) return [];
  await using services = await openPageServices();
  const epochs = new Epochs();
  const played: Played[] = [];
  for (const fence of fences) {
    const player = await services.playerOf(fence);
    for (const step of readTranscript(fence)) {
      const answer = await player.play({ ...step, text: epochs.asInThisRun(step.text) });
      if (answer === undefined) continue;
      epochs.pair(step.documented, answer);
      played.push({ line: step.line, documented: step.documented, answer: epochs.asPrinted(answer) });
    }
  }
  return played;
}

export const isAsPrinted = ({ documented, answer }: Played) =>
  Bun.deepEquals(comparable(documented), comparable(answer));

/** The epochs of this run that stand for the epochs of the page. */
class Epochs {
  readonly #real = new Map<string, string>();

  pair(documented: string, answer: string): void {
    const [printed = [], real = []] = [documented, answer].map((text) =>
      [...text.matchAll(/\b[0-9a-f]{8}(?=:\d)/g)].map(([epoch]) => epoch),
    );
    if (printed.length !== real.length) return;
    for (const [index, epoch] of printed.entries()) this.#real.set(epoch, real[index] ?? epoch);
  }

  asInThisRun(text: string): string {
    return text.replace(/[0-9a-f]{8}(?=:\d)/g, (epoch) => this.#real.get(epoch) ?? epoch);
  }

  asPrinted(text: string): string {
    const printed = new Map([...this.#real].map(([page, real]) => [real, page]));
    return text.replace(/[0-9a-f]{8}(?=:\d)/g, (epoch) => printed.get(epoch) ?? epoch);
  }
}
