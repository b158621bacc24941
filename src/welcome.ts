/** What a newcomer sees after the start in development: addresses, and lines to paste. */
export function welcome(url: string, mode: 'jwt' | 'insecure'): string {
  const socket = `${url.replace('http', 'ws')}/ws/realtime`;
  const auth =
    mode === 'insecure'
      ? '{"type":"auth","userId":"user123","role":"officer"}'
      : '{"type":"auth","token":"<bun run token --user user123 --role officer>"}';
  const identity = mode === 'insecure' ? '' : ' -H "authorization: Bearer $TOKEN"';
  const warning =
    mode === 'insecure' ? '\n  INSECURE MODE: whoever connects is believed. Never in production.\n' : '';
  return `${warning}
  Tambuli listens at ${url}
    routes  ${url}/openapi
    health  ${url}/health/ready
    socket  ${socket}

  1. In a second terminal, a client:
       npx wscat -c ${socket}
     and in it, line by line:
       ${auth}
       {"type":"subscribe","channel":"hearings"}

  2. In a third terminal, a backend says that hearing 123 was created:
       curl -X POST ${url}/ws/broadcast/hearing${identity} -H 'content-type: application/json' -d '{"hearingId":123,"eventType":"created"}'

`;
}
