import { effect, signal } from '@preact/signals';
import { keep, kept } from '../kept.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const theme = signal<Theme>(themes.find((each) => each === kept('theme')) ?? 'system');

/** Chooses the theme after the present one. */
export function nextTheme(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? 'system';
  keep('theme', theme.value);
}

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});
