import type { ReactNode } from 'react';
import type {
  DeadLetter,
  DeliveryRow,
  LeaseRow,
  OutboxRow,
} from '../../../../../src/operate/queues/model.ts';
import { language } from '../../shell/language.ts';
import { attempt, request } from '../../shell/rest.ts';
import { sayTime } from '../numbers.ts';
import { linkTo } from '../route.ts';
import { type Column, List } from '../table.tsx';
import { operateWords } from '../words.ts';
import { deliveryColumns } from './people.tsx';
import { Sure } from './sessions.tsx';
import { viewWords } from './words.ts';

const api = '/api/operate';

/** Everything that waits for somebody or something. */
export function Waiting(): ReactNode {
  const say = operateWords();
  const queued: readonly Column<OutboxRow>[] = [
    { name: say.channel, cell: ({ channel }) => <code>{channel}</code> },
    { name: say.type, cell: ({ type }) => type },
    { name: say.at, cell: ({ createdAt }) => sayTime(createdAt, language.value) },
  ];
  const act = async (id: number, action: 'retry' | 'discard') => {
    await attempt(() => request('POST', `${api}/dead-letters/${id}/${action}`), say.done);
  };
  const letters: readonly Column<DeadLetter>[] = [
    ...(queued as readonly Column<DeadLetter>[]),
    { name: say.reason, cell: ({ reason }) => reason },
    {
      name: say.data,
      cell: ({ data }) => <code className="operate-data">{JSON.stringify(data)?.slice(0, 300)}</code>,
    },
    {
      name: say.state,
      cell: ({ id }) => (
        <span className="cluster">
          <button type="button" onClick={() => void act(id, 'retry')}>
            {say.retry}
          </button>
          <Sure name={say.discard} act={() => act(id, 'discard')} />
        </span>
      ),
    },
  ];
  const leases: readonly Column<LeaseRow>[] = [
    { name: say.channel, cell: ({ name }) => <a href={linkTo('channels', name)}>{name}</a> },
    { name: say.holder, cell: ({ userId }) => userId ?? say.none },
    { name: say.queue, isNumber: true, cell: ({ waiting }) => waiting },
    { name: say.expires, cell: ({ expiresAt }) => sayTime(expiresAt, language.value) },
  ];
  return (
    <div className="stack">
      <List title={say.outbox} path={`${api}/outbox`} columns={queued} keyOf={({ id }) => String(id)} />
      <List
        title={say.deadLetters}
        path={`${api}/dead-letters`}
        columns={letters}
        keyOf={({ id }) => String(id)}
      />
      <List<DeliveryRow>
        title={say.deliveriesOf}
        path={`${api}/deliveries`}
        columns={deliveryColumns()}
        keyOf={({ eventId, userId }) => `${eventId} ${userId}`}
        filters={{ user: say.user, event: viewWords().event, status: say.status, method: say.method }}
      />
      <List title={say.leases} path={`${api}/leases`} columns={leases} keyOf={({ name }) => name} />
    </div>
  );
}
