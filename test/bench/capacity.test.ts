import { expect, test } from 'bun:test';
import { demandRoom, processesFor, sessionsOfProcess } from '../../bench/crowd/capacity.ts';
import { growth } from '../../bench/crowd/growth.ts';
import { renderReport } from '../../bench/report.ts';

test('sessions are divided evenly among the least processes that hold them', () => {
  const most = sessionsOfProcess();
  expect(most).toBeGreaterThan(0);
  expect(processesFor(most)).toBe(1);
  const processes = processesFor(60_000);
  expect(60_000 % processes).toBe(0);
  expect(60_000 / processes).toBeLessThanOrEqual(most);
});

test('a machine that is too small is told what it lacks before anything is started', () => {
  expect(() => demandRoom(10, 1)).not.toThrow();
  expect(() => demandRoom(10, 100)).toThrow('This machine is too small for 10 sessions: a process may hold');
  expect(() => demandRoom(1e12, 1)).toThrow('of memory have to be free');
});

test('a row without a number stands in the report as not measured', () => {
  const ours = growth.measures.map((_, index) => (index === 0 ? [] : [1]));
  const report = renderReport({
    results: [],
    crowds: [],
    trials: [{ trial: growth, ours }],
    start: undefined,
  });
  expect(report).toContain('| CPU time per delivery, 10 sessions | not measured |');
  expect(report).toContain('| CPU time per delivery, 1,000 sessions | 1 µs');
});
