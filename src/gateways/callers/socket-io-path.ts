export const socketIoPath = '/socket.io/';

/** Whether the request belongs to a session that is there already: it brings what the session was told at its end. */
export function isOfEngineSession({ url }: Request): boolean {
  if (!url.includes(socketIoPath)) return false;
  const { pathname, searchParams } = new URL(url);
  return pathname === socketIoPath && searchParams.has('sid');
}
