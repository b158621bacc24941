import { afterAll } from 'bun:test';
import { sweepServers } from './cluster-place.ts';
import { runVariable, stopAllServers } from './postgres.ts';

// In a worker the runner has done it.
if (process.env[runVariable] === undefined) await sweepServers();
afterAll(stopAllServers);
