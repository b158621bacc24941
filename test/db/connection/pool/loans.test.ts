import { expect, test } from 'bun:test';
import { EventEmitter } from 'node:events';
import type { Pool, PooledClient } from '../../../../src/db/connection/driver.ts';
import { type Loan, Loans } from '../../../../src/db/connection/pool/loans.ts';

class FakeClient extends EventEmitter {
  readonly releases: (Error | undefined)[] = [];

  release(error?: Error): void {
    this.releases.push(error);
  }
}

/** Lends `clients` in turn; the next borrower waits for ever. */
function openSubject(...clients: FakeClient[]) {
  const connect = () => {
    const client = clients.shift();
    return client
      ? Promise.resolve(client as unknown as PooledClient)
      : new Promise<PooledClient>(() => undefined);
  };
  return new Loans({ connect, end: () => Promise.resolve() } satisfies Pool);
}

test('a connection that was given back is at hand, and goes back to the pool when nobody uses it', async () => {
  const client = new FakeClient();
  const loans = openSubject(client);
  const loan = await loans.borrow();
  expect(loans.take()).toBeUndefined();
  loans.giveBack(loan);
  expect(loans.take()).toBe(loan);
  loans.giveBack(loan);
  loans.returnKept();
  expect(client.releases).toEqual([undefined]);
  expect(client.listenerCount('error')).toBe(0);
  expect(loans.take()).toBeUndefined();
});

test('a connection that fails while it is at hand is closed and lent to nobody', async () => {
  const [lost, good] = [new FakeClient(), new FakeClient()];
  const loans = openSubject(lost, good);
  const all: Loan[] = [await loans.borrow(), await loans.borrow()];
  for (const loan of all.toReversed()) loans.giveBack(loan);
  lost.emit('error', new Error('cut'));
  expect(loans.take()?.client).toBe(good as unknown as PooledClient);
  expect(lost.releases).toMatchObject([{ message: 'cut' }]);
});

test('a connection goes back to the pool at once while somebody waits for one', async () => {
  const client = new FakeClient();
  const loans = openSubject(client);
  const loan = await loans.borrow();
  void loans.borrow();
  loans.giveBack(loan);
  expect(client.releases).toEqual([undefined]);
});
