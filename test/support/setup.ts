import { afterAll } from 'bun:test';
import { stopAllServers, sweepServers } from './postgres.ts';

await sweepServers();
afterAll(stopAllServers);
