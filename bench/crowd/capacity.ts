import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

/** A process needs these for its files and for the database. */
const spareDescriptors = 1_000;
const sparePorts = 100;
/** With a server and as many clients, half of which is the kernel's. */
const bytesOfSession = 32 * 1_024;
const bytesOfProcess = 128 * 1_024 * 1_024;
/** More servers than these on one machine measure each other. */
const mostProcesses = 8;
/** A system that does not tell its limits is taken to allow this. */
const assumed = 10_000;

/**
 * Sessions between one process of a server and one of clients on this machine. Linux gives `connect` every second port of
 * its range first; once a destination has all of those, each further connection looks through them in vain, which takes
 * the kernel a millisecond or more.
 */
export function sessionsOfProcess(): number {
  const descriptors = /^Max open files\s+(\S+)/m.exec(textOf('/proc/self/limits'))?.[1];
  const ports = /(\d+)\s+(\d+)/.exec(textOf('/proc/sys/net/ipv4/ip_local_port_range'));
  const byDescriptors = descriptors === 'unlimited' ? Number.POSITIVE_INFINITY : Number(descriptors);
  const byPorts = ports ? (Number(ports[2]) - Number(ports[1]) + 1) / 2 : Number.NaN;
  const most = Math.min(byDescriptors - spareDescriptors, byPorts - sparePorts);
  return Number.isFinite(most) ? Math.max(1, Math.floor(most)) : assumed;
}

/** The least number of processes among which so many sessions can be divided evenly. */
export function processesFor(sessions: number): number {
  let processes = Math.ceil(sessions / Math.max(1, sessionsOfProcess()));
  while (sessions % processes !== 0) processes++;
  return processes;
}

/** Throws where this machine is too small for so many sessions between such servers and as many processes of clients. */
export function demandRoom(sessions: number, servers: number): void {
  if (servers > mostProcesses) {
    throw new Error(
      `This machine is too small for ${sessions} sessions: a process may hold ${sessionsOfProcess()} of them; raise \`ulimit -n\` and net.ipv4.ip_local_port_range.`,
    );
  }
  const needed = sessions * bytesOfSession + 2 * servers * bytesOfProcess;
  const free = freemem();
  if (free < needed) {
    throw new Error(
      `This machine is too small for ${sessions} sessions: ${gigabytes(needed)} of memory have to be free, and ${gigabytes(free)} are.`,
    );
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Another system than Linux.
    return '';
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1_024 ** 3).toFixed(1)} GB`;
