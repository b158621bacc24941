interface Files {
  readonly store: { readonly origin?: string } | undefined;
}

/**
 * On this origin people are signed in: nothing runs in a page that is not a file of ours, no text becomes markup, no other
 * host is asked but that of the storage of files, and no other page may show it.
 */
export function pageHeaders({ store }: Files = { store: undefined }) {
  const place = store?.origin === undefined ? '' : ` ${store.origin}`;
  return {
    'content-security-policy': [
      "default-src 'none'",
      ...["script-src 'self'", "style-src 'self'", `img-src 'self' data: blob:${place}`],
      ...(store ? [`media-src 'self' blob:${place}`] : []),
      `connect-src 'self'${place}`,
      ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
      ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  } as const;
}

/** Whether the request has the present version already (RFC 9110 §13.1.2). */
export function isKnown({ headers }: Request, etag: string): boolean {
  const known = headers.get('if-none-match');
  if (known === null) return false;
  return known.split(',').some((each) => ['*', etag].includes(each.trim().replace(/^W\//, '')));
}
