/**
 * Channel names: a namespace, then up to three segments, `hearings`, `venue:42`. The alphabet leaves out `@` and `,`
 * (they join positions) and everything that needs escaping in a URL, but for `%` itself.
 */
const channelPattern = /^[a-z][a-z0-9_-]*(?::[A-Za-z0-9_.~%-]+){0,3}$/;

/** Longest channel name, in characters (all ASCII). */
export const maxChannelLength = 200;

export function isChannelName(name: string): boolean {
  return name.length <= maxChannelLength && channelPattern.test(name);
}

/** `['venue', '42']` of `venue:42`; the first is the namespace. */
export function channelSegments(name: string): [namespace: string, ...rest: string[]] {
  const [namespace = '', ...rest] = name.split(':');
  return [namespace, ...rest];
}

/** Any text as one segment, reversibly and injectively: two user ids never share a channel. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The text whose encoding the segment is; undefined for a segment that `encodeSegment` writes for no text. */
export function encodedText(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    const text = decodeURIComponent(segment);
    // Postgres has no place for a NUL in a text.
    return encodeSegment(text) === segment && !text.includes('\0') ? text : undefined;
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** The text of a segment; a segment that is no encoding stands for itself. */
export const decodeSegment = (segment: string): string => encodedText(segment) ?? segment;

/** The channel in the log behind a personal namespace: `notifications` of user `a:b` is `notifications:a%3Ab`. */
export function personalChannel(namespace: string, userId: string): string {
  return `${namespace}:${encodeSegment(userId)}`;
}
