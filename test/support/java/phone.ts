import { createInbox } from '../clients/inbox.ts';
import { javaProgram } from './java-client.ts';

/** An event of the program `Phone`, about the device `name`. */
export interface PhoneEvent {
  readonly event: string;
  readonly name: string;
  readonly channel?: string;
  readonly [field: string]: unknown;
}

export interface Phone extends AsyncDisposable {
  tell(command: object): void;
  /** The first event nobody took yet that holds these fields. */
  next(part: Partial<PhoneEvent>, timeoutMs?: number): Promise<PhoneEvent>;
  all(part: Partial<PhoneEvent>): PhoneEvent[];
  /** The system freezes the process, as a phone that sleeps does, or lets it go on. */
  freeze(isFrozen: boolean): void;
  /** Ends the JVM in the middle of whatever it does. */
  kill(): Promise<void>;
}

const patienceMs = 60_000;

/** A JVM with any number of devices, whose databases are files: `clients/java/src/test/java/ph/tambuli/programs/Phone.java`. */
export async function startPhone(): Promise<Phone> {
  const inbox = createInbox<PhoneEvent>('Phone');
  const child = Bun.spawn(await javaProgram('ph.tambuli.programs.Phone'), {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const reading = readLines(child.stdout, inbox.push).then(() => inbox.end('the process ended'));
  const phone: Phone = {
    tell(command) {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      void child.stdin.flush();
    },
    next: (part, timeoutMs = patienceMs) => inbox.next(holds(part), JSON.stringify(part), timeoutMs),
    all: (part) => inbox.all(holds(part)),
    freeze(isFrozen) {
      child.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT');
    },
    async kill() {
      child.kill('SIGKILL');
      await child.exited;
      await reading;
    },
    [Symbol.asyncDispose]: () => phone.kill(),
  };
  await phone.next({ event: 'ready' });
  return phone;
}

const holds = (part: Partial<PhoneEvent>) => (event: PhoneEvent) =>
  Object.entries(part).every(([field, value]) => event[field] === value);

async function readLines(stream: ReadableStream<Uint8Array>, push: (event: PhoneEvent) => void) {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of stream) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) push(JSON.parse(line));
  }
}
