import { listenOn } from '../../../src/db/embedded/embedded.ts';

/** Below those that a kernel gives to a program which asks for any: Linux begins at 32768, macOS at 49152. */
const firstPort = 15_000;
const portCount = 15_000;
/** Processes of one run, whose ids follow each other, begin so many ports apart. */
const portsOfProcess = 101;
let asked = 0;

/**
 * A port of 127.0.0.1 for a server that is started with it, once or again and again. A port that the kernel chose could be
 * taken before the server listens, or while it is stopped, by any other server of the machine that asks for one.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + ((process.pid * portsOfProcess + asked) % portCount);
    asked += 1;
    const isFree = await listenOn(port).then(
      () => true,
      () => false,
    );
    if (isFree) return port;
  }
}
