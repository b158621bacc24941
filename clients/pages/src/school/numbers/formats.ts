import { language } from '../../shell/language.ts';
import { schoolWords } from '../words.ts';

export const number = (value: number): string => value.toLocaleString(language.value);

export const percent = (rate: number | null): string =>
  rate === null
    ? schoolWords().nothing
    : rate.toLocaleString(language.value, { style: 'percent', maximumFractionDigits: 1 });

/** A length of time in the largest unit of which it has one. */
export function length(seconds: number | null): string {
  if (seconds === null) return schoolWords().nothing;
  if (seconds < 1) return unit(Math.round(seconds * 1_000), 'millisecond');
  if (seconds < 60) return unit(seconds, 'second');
  return seconds < 3_600 ? unit(seconds / 60, 'minute') : unit(seconds / 3_600, 'hour');
}

const unit = (value: number, name: string) =>
  value.toLocaleString(language.value, { style: 'unit', unit: name, maximumFractionDigits: 1 });
