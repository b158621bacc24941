import { signal } from '@preact/signals';

/** The view that the address names behind its `#`, and what it is about: `#/channels/hearings`. */
export interface Route {
  readonly view: string;
  readonly about: string | undefined;
}

export const route = signal<Route>(read());

export const linkTo = (view: string, about?: string): string =>
  about === undefined ? `#/${view}` : `#/${view}/${encodeURIComponent(about)}`;

export function goTo(view: string, about?: string): void {
  location.hash = linkTo(view, about);
}

function read(): Route {
  const [, view = 'overview', about] = /^#\/(\w+)(?:\/(.+))?$/.exec(location.hash) ?? [];
  return { view, about: about === undefined ? undefined : decoded(about) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

addEventListener('hashchange', () => {
  route.value = read();
});
