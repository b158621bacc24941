/** An example for a newcomer: a channel to read, and a line that publishes on it. */
export interface Example {
  readonly channel: string;
  readonly said: string;
  readonly publish: (identity: string) => string;
}

/** Undefined where the server has no channel that is known here. */
export function exampleFor(
  url: string,
  domains: readonly string[],
  patterns: readonly string[],
): Example | undefined {
  if (domains.includes('barangay')) {
    return {
      channel: 'hearings',
      said: 'a backend says that hearing 123 was created',
      publish: (identity) =>
        `curl -X POST ${url}/ws/broadcast/hearing${identity} -H 'content-type: application/json' -d '{"hearingId":123,"eventType":"created"}'`,
    };
  }
  const [pattern] = patterns;
  if (pattern === undefined) return undefined;
  const channel = pattern.replace(/\{[^}]*\}/g, 'user123');
  const publish = () => `bunx tambuli publish ${channel} '{"hello":"world"}'`;
  return { channel, said: 'somebody publishes', publish };
}

/** The text after the start in development: addresses, and lines to paste. */
export function welcome(url: string, mode: 'jwt' | 'insecure', example: Example | undefined): string {
  const socket = `${url.replace('http', 'ws')}/ws/realtime`;
  const auth =
    mode === 'insecure'
      ? '{"type":"auth","userId":"user123","role":"officer"}'
      : '{"type":"auth","token":"<tambuli token --user user123 --role officer>"}';
  const identity = mode === 'insecure' ? '' : ' -H "authorization: Bearer $TOKEN"';
  const warning =
    mode === 'insecure'
      ? '\n  INSECURE MODE: the identity that a client states is believed. Never in production.\n'
      : '';
  const addresses = `${warning}
  Tambuli listens at ${url}
    page    ${url}/
    routes  ${url}/openapi
    health  ${url}/health/ready
    socket  ${socket}
`;
  if (!example)
    return `${addresses}\n  No channel is declared yet: tambuli init writes a configuration file.\n\n`;
  return `${addresses}
  1. In a second terminal, a client:
       npx wscat -c ${socket}
     and in it, line by line:
       ${auth}
       {"type":"subscribe","channel":"${example.channel}"}

  2. In a third terminal, ${example.said}:
       ${example.publish(identity)}

`;
}
