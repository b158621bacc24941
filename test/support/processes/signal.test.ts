import { expect, test } from 'bun:test';
import { isAlive, signal } from './signal.ts';

test('a signal reaches a process that runs and passes over one that has ended', async () => {
  const child = Bun.spawn(['sleep', '60']);
  expect(isAlive(child.pid)).toBe(true);
  expect(signal(child.pid, 'SIGKILL')).toBe(true);
  await child.exited;
  expect(signal(child.pid, 'SIGKILL')).toBe(false);
  expect(isAlive(child.pid)).toBe(false);
});

test('a signal that does not exist, and a number that is no process of a test, are thrown', () => {
  expect(() => signal(process.pid, 'SIGNONE' as NodeJS.Signals)).toThrow();
  for (const pid of [0, -1, 1, Number.NaN]) expect(() => signal(pid, 'SIGCONT')).toThrow('is no process');
});
