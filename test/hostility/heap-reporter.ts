// Preloaded into a server process: on SIGUSR2 it prints what is left after everything that can be collected has been.
import { heapStats } from 'bun:jsc';

process.on('SIGUSR2', () => {
  Bun.gc(true);
  process.stdout.write(`${JSON.stringify({ heapBytes: heapStats().heapSize })}\n`);
});
