/** The id of the newest event that the client has, undefined for a client that has none. */
export function lastEventIdOf({ headers, url }: Request): string | undefined {
  return headers.get('last-event-id') || new URL(url).searchParams.get('lastEventId') || undefined;
}
