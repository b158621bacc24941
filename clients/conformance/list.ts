import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario } from './scenario.ts';

const folder = join(import.meta.dir, 'scenarios');

/** All scenarios, in the order of their files. */
export async function scenarios(): Promise<readonly Scenario[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(files.map((name) => Bun.file(join(folder, name)).json()));
}

/** Runs the TypeScript client. */
export const webAgent: readonly string[] = [process.execPath, join(import.meta.dir, 'web-agent.ts')];

/** Runs the client over WebSocket alone. */
export const webSocketAgent: readonly string[] = [...webAgent, 'websocket'];

/** Commands of which the client over WebSocket alone knows nothing. */
const beyondTheCore = ['publish', 'snapshot', 'reached'];

/** Whether the client over WebSocket alone promises it too. */
export const isOfTheCore = ({ steps }: Scenario): boolean =>
  steps.every((step) => !('tell' in step) || !beyondTheCore.includes(String(step.tell['do'])));
