'use client';
import { createClient } from '@tambuli/client';
import { TambuliProvider, useConnection, useSnapshot } from '@tambuli/client/react';
import { useState } from 'react';

async function get(path, signal) {
  const response = await fetch(path, { signal });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** The orders after one change of a row. */
function changed(orders, { eventType, data: row }) {
  const others = orders.filter(({ id }) => id !== row.id);
  return eventType === 'deleted' ? others : [...others, row].sort((one, other) => one.id - other.id);
}

/**
 * The orders as the server rendered them, and after every change since. They are fetched only where the log does not reach
 * back to the position of that rendering.
 */
function List({ channel, first }) {
  const getState = (signal) => get('/orders', signal);
  const { data: orders, status: subscription } = useSnapshot(channel, getState, changed, first);
  const { status } = useConnection();
  return (
    <>
      <p>
        {status}, {subscription}
      </p>
      <ul>
        {orders.map(({ id, item, status }) => (
          <li key={id}>
            {item}: {status}
          </li>
        ))}
      </ul>
    </>
  );
}

export function Orders({ realtime, ...list }) {
  const [client] = useState(() =>
    createClient(realtime, { getToken: async () => (await get('/token')).token }),
  );
  return (
    <TambuliProvider client={client}>
      <List {...list} />
    </TambuliProvider>
  );
}
