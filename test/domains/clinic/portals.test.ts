import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { io, type Socket } from 'socket.io-client';
import { createInbox, type Inbox } from '../../support/clients/inbox.ts';
import { startTcpRelay } from '../../support/network/tcp-relay.ts';
import { until } from '../../support/until.ts';
import { admin, asha, type Clinic, chw, clinician, type Person, startClinic, stranger } from './support.ts';

interface StatusUpdate {
  readonly caseId: string;
  readonly status: string;
  readonly updatedBy: string;
  readonly timestamp: string;
}

interface Portal extends AsyncDisposable {
  readonly socket: Socket;
  readonly heard: Inbox<string>;
  next(): Promise<string>;
}

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic[Symbol.asyncDispose]());

/** Opens it as a portal does: it connects and listens, and subscribes to nothing. */
async function openPortal(auth: Person, transport: string, url = clinic.url): Promise<Portal> {
  const heard = createInbox<string>(`portal of ${auth.userId}`);
  const socket = io(url, {
    auth,
    transports: [transport],
    forceNew: true,
    reconnection: true,
    reconnectionDelay: 100,
    reconnectionAttempts: 50,
  });
  socket.on('caseStatusUpdate', ({ caseId, status, updatedBy, timestamp, ...more }: StatusUpdate) => {
    expect(more).toEqual({});
    expect(new Date(timestamp).toISOString()).toBe(timestamp);
    heard.push(`${caseId} ${status} by ${updatedBy}`);
  });
  socket.on('newCase', ({ caseId, status, patientName }) => heard.push(`${caseId} ${status} ${patientName}`));
  socket.on('notification', ({ title }) => heard.push(title));
  await until(() => socket.connected);
  return {
    socket,
    heard,
    next: () => heard.next(() => true, 'event'),
    async [Symbol.asyncDispose]() {
      socket.disconnect();
    },
  };
}

const change = (who: Person, caseId: string, status: string) =>
  clinic.call(who, 'POST', '/api/cases/update-status', { caseId, status });

async function newCase(patientName: string): Promise<string> {
  const { body } = await clinic.call(asha, 'POST', '/api/cases', { patientName, complaint: 'Fever' });
  return (body as { data: { caseId: string } }).data.caseId;
}

describe.each(['websocket', 'polling'])('portals by %s', (transport) => {
  test('hear of new cases and of every status without a subscription, each worker of their own alone', async () => {
    await using doctor = await openPortal(clinician, transport);
    await using office = await openPortal(admin, transport);
    await using field = await openPortal(asha, transport);
    await using other = await openPortal(chw, transport);
    await using nobody = await openPortal(stranger, transport);
    const caseId = await newCase('Lita Ramos');
    await change(asha, caseId, 'FORWARDED');
    await change(clinician, caseId, 'COMPLETED');
    const expected = [
      `${caseId} NEW Lita Ramos`,
      `${caseId} FORWARDED by asha1`,
      `${caseId} COMPLETED by dr-cruz`,
    ];
    for (const portal of [doctor, office, field]) {
      for (const event of expected) expect(await portal.next()).toBe(event);
    }
    const note = { userId: 'chw1', title: 'Only you', message: 'm' };
    await clinic.call(clinician, 'POST', '/api/clinic/notifications', note);
    expect(await other.next()).toBe('Only you');
    for (const portal of [doctor, office, field]) expect(portal.heard.all(() => true)).toHaveLength(3);
    expect(other.heard.all(() => true)).toEqual(['Only you']);
    expect(nobody.heard.all(() => true)).toEqual([]);
  });

  test('miss nothing and repeat nothing when the network comes and goes', async () => {
    await using relay = await startTcpRelay(clinic.url);
    await using field = await openPortal(asha, transport, `http://127.0.0.1:${relay.port}`);
    for (let round = 0; round < 3; round++) {
      const caseId = await newCase('Berto Diaz');
      expect(await field.next()).toBe(`${caseId} NEW Berto Diaz`);
      await until(() => {
        relay.cut();
        return !field.socket.connected;
      });
      await change(asha, caseId, 'FORWARDED');
      await change(clinician, caseId, 'IN_REVIEW');
      expect(await field.next()).toBe(`${caseId} FORWARDED by asha1`);
      expect(await field.next()).toBe(`${caseId} IN_REVIEW by dr-cruz`);
    }
    expect(field.heard.all(() => true)).toHaveLength(9);
  });
});
