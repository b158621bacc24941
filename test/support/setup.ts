import { afterAll, setDefaultTimeout } from 'bun:test';
import { stopAllServers, sweepServers } from './postgres.ts';

await sweepServers();
// Bun reads no time limit from bunfig.toml, and its own of 5 s is short for a busy machine.
setDefaultTimeout(30_000);
afterAll(stopAllServers);
