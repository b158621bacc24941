import { readFileSync } from 'node:fs';

/** `ESTABLISHED` of the kernel's table. */
const established = '01';

/** TCP connections that the server at this address of this machine holds open, whatever it thinks of them. Linux only. */
export function establishedAt(url: string): number {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(`:${port}`) && state === established).length;
}
