import { readdirSync } from 'node:fs';
import type { Histogram } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { Instruments } from './instruments.ts';

/** Interval of the timer whose lateness is measured: ten wake-ups a second. */
const lagProbeMs = 100;
const lagBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Disposed of when nothing is to be measured any more. */
export interface ProcessMetrics extends Disposable {
  readonly eventLoopLag: Histogram;
}

/**
 * Metrics of the runtime of this process. prom-client's own set is not used: under Bun its handles are always none, its
 * heap is all reserved addresses, its garbage collections never come, and it claims to be Node.
 */
export function addProcessMetrics(instruments: Instruments, clock: Clock): ProcessMetrics {
  const startedAt = clock.now() / 1_000 - process.uptime();
  instruments.gauge(
    'process_start_time_seconds',
    'Start time of the process since the Unix epoch.',
    () => startedAt,
  );
  instruments.counter(
    'process_cpu_user_seconds_total',
    'CPU time in the process’s own code.',
    () => process.cpuUsage().user / 1e6,
  );
  instruments.counter(
    'process_cpu_system_seconds_total',
    'CPU time of the kernel for the process, including sending.',
    () => process.cpuUsage().system / 1e6,
  );
  instruments.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  instruments.gauge(
    'process_heap_used_bytes',
    'JavaScript heap in use.',
    () => process.memoryUsage().heapUsed,
  );
  instruments.gauge(
    'process_open_fds',
    'Open file descriptors, including sockets; 0 where the system does not report them.',
    openDescriptors,
  );
  return probeEventLoop(instruments, clock);
}

function probeEventLoop(instruments: Instruments, clock: Clock): ProcessMetrics {
  const lag = instruments.histogram(
    'event_loop_lag_seconds',
    `How late a timer of ${lagProbeMs} ms fires: how long everything else in this process waits too.`,
    lagBuckets,
  );
  let last = performance.now();
  const timer = clock.every(lagProbeMs, () => {
    const now = performance.now();
    lag.observe(Math.max(0, now - last - lagProbeMs) / 1_000);
    last = now;
  });
  return { eventLoopLag: lag, [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

function openDescriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}
