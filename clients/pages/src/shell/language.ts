import { effect, signal } from '@preact/signals';
import { keep, kept } from './kept.ts';

export const languages = { en: 'English', fil: 'Filipino' } as const;
export type Language = keyof typeof languages;

const isLanguage = (name: string | undefined): name is Language => name === 'en' || name === 'fil';

/** The language of the page: the one that was chosen, otherwise the browser's. */
export const language = signal<Language>(initial());

function initial(): Language {
  const chosen = kept('language');
  if (isLanguage(chosen)) return chosen;
  // Browsers name it `fil` or, as it was called before, `tl`.
  return /^(fil|tl)\b/i.test(navigator.language) ? 'fil' : 'en';
}

export function choose(next: Language): void {
  keep('language', next);
  language.value = next;
}

effect(() => {
  document.documentElement.lang = language.value;
});

type Word = string | ((...values: never[]) => string);
type Translated<Words> = {
  readonly [Name in keyof Words]: Words[Name] extends (...values: infer Values) => string
    ? (...values: Values) => string
    : string;
};

/**
 * The words of one room. A word that is missing in a language does not compile. The result returns the words of the
 * present language; a component that calls it renders again when the language changes.
 */
export function defineWords<const Words extends Readonly<Record<string, Word>>>(
  en: Words,
  fil: Translated<Words>,
): () => Translated<Words> {
  const tables: Readonly<Record<Language, Translated<Words>>> = {
    en: en as unknown as Translated<Words>,
    fil,
  };
  return () => tables[language.value];
}
