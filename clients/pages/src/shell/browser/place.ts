import { signal } from '@preact/signals';

/** The part of the address behind `#`: the place in the page, which links lead to and the browser goes back from. */
export const place = signal(decoded());

addEventListener('hashchange', () => {
  place.value = decoded();
});

function decoded(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return '';
  }
}

export function goTo(next: string): void {
  location.hash = next;
}
