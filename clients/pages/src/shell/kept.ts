/** Choices that outlive the page. Where the browser keeps nothing, a page has its defaults. */
const prefix = 'tambuli.';

export function kept(name: string): string | undefined {
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keep(name: string, value: string | undefined): void {
  store(() => localStorage, name, value);
}

/** The same for this tab alone, until it is closed. */
export function keptInTab(name: string): string | undefined {
  try {
    return sessionStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepInTab(name: string, value: string | undefined): void {
  store(() => sessionStorage, name, value);
}

function store(of: () => Storage, name: string, value: string | undefined): void {
  try {
    if (value === undefined) of().removeItem(prefix + name);
    else of().setItem(prefix + name, value);
  } catch {
    // A browser that keeps nothing for this page has nothing to be told.
  }
}
