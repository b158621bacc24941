import { afterAll, setDefaultTimeout } from 'bun:test';
import { portsVariable, stopAllServers } from './postgres/postgres.ts';
import { sweepServers } from './processes/cluster-place.ts';

// A time limit only decides when a hung test is given up. The five seconds of Bun fail sound ones on a busy machine.
setDefaultTimeout(60_000);
// In a worker the runner has done it.
if (process.env[portsVariable] === undefined) await sweepServers();
afterAll(stopAllServers);
