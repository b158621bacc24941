import { afterAll } from 'bun:test';
import { sweepServers } from './cluster-place.ts';
import { portsVariable, stopAllServers } from './postgres.ts';

// In a worker the runner has done it.
if (process.env[portsVariable] === undefined) await sweepServers();
afterAll(stopAllServers);
