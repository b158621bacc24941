import { expect, setDefaultTimeout } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInbox } from '../../support/clients/inbox.ts';
import { javaProgram } from '../../support/java/java-client.ts';
import { needs } from '../../support/processes/components.ts';
import { startTestService } from '../../support/services/service.ts';

setDefaultTimeout(180_000);
const testJava = needs('java');

testJava(
  'the example on the console shows rows change, and after airplane mode what changed meanwhile',
  async () => {
    await using service = await startTestService();
    const folder = await mkdtemp(join(tmpdir(), 'tambuli-console-'));
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => rm(folder, { recursive: true }));
    const main = 'ph.tambuli.example.BarangayConsole';
    const command = await javaProgram(main, service.url, 'user123', 'officer', join(folder, 'phone.db'));
    const child = Bun.spawn(command, { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' });
    cleanup.defer(() => child.kill('SIGKILL'));
    const lines = createInbox<string>('console');
    const reading = readLines(child.stdout, lines.push).then(() => lines.end('it ended'));
    const next = (text: string) => lines.next((line) => line.startsWith(text), text, 60_000);
    const type = (line: string) => {
      child.stdin.write(`${line}\n`);
      void child.stdin.flush();
    };
    const change = async (status: string) => {
      await service.database.query('update hearings set status = $1 where id = 123', [status]);
      await service.post('/ws/broadcast/hearing', { hearingId: 123, eventType: 'status_changed' });
    };

    await next('connected by websocket');
    await next('filled');
    type('rows');
    expect(await next('hearing 123')).toEndWith('scheduled');
    await change('ongoing');
    await next('status_changed: hearing 123');
    type('airplane on');
    await next('disconnected');
    await change('completed');
    type('rows');
    expect(await next('hearing 123')).toEndWith('ongoing');
    type('airplane off');
    await next('connected by websocket');
    await next('status_changed: hearing 123');
    type('rows');
    expect(await next('hearing 123')).toEndWith('completed');
    type('quit');
    expect(await child.exited).toBe(0);
    await reading;
  },
);

async function readLines(stream: ReadableStream<Uint8Array>, push: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of stream) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) push(line);
  }
}
