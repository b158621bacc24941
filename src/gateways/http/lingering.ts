/** The part of Bun's server that bounds the silence of a connection. */
export interface Timeouts {
  timeout(request: Request, seconds: number): void;
}

/** The time that a client has to take its response, as on any other route. */
export const answerSeconds = 30;
/** The value by which Bun sets no idle timeout. */
const never = 0;

/**
 * Lets the connection of a request be silent as long as it likes: Elysia's default would cut it after 30 s. The function
 * returned ends that: from then on the connection is closed when nothing moves on it for so many seconds.
 */
export function lingering(request: Request, server: Timeouts | null | undefined): (seconds: number) => void {
  server?.timeout(request, never);
  return (seconds) => server?.timeout(request, seconds);
}
