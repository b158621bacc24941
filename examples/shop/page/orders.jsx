import { createClient } from '@tambuli/client';
import { TambuliProvider, useConnection, useSnapshot } from '@tambuli/client/react';
import { createRoot } from 'react-dom/client';

async function api(path, options) {
  const response = await fetch(`/api/${path}`, options);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** The orders that the backend returns; asked again when the client was away for longer than the log reaches. */
const getOrders = async (signal) => ({ data: await api('orders', { signal }) });

/** The orders after one change of a row. */
function changed(orders, { eventType, data: row }) {
  const others = orders.filter(({ id }) => id !== row.id);
  return eventType === 'deleted' ? others : [...others, row].sort((one, other) => one.id - other.id);
}

function order(event) {
  event.preventDefault();
  const item = new FormData(event.target).get('item');
  event.target.reset();
  // The new row comes back over the channel, here and in every other tab of this customer.
  const headers = { 'content-type': 'application/json' };
  return api('orders', { method: 'POST', headers, body: JSON.stringify({ item }) });
}

function Orders({ customer }) {
  const { data: orders = [] } = useSnapshot(`orders:${encodeURIComponent(customer)}`, getOrders, changed);
  const { status } = useConnection();
  return (
    <main>
      <h1>Orders of {customer}</h1>
      <p>{status}</p>
      <ul>
        {orders.map(({ id, item, status }) => (
          <li key={id}>
            {item}: {status}
          </li>
        ))}
      </ul>
      <form onSubmit={order}>
        <input name="item" required placeholder="Item" /> <button type="submit">Order</button>
      </form>
    </main>
  );
}

const me = await api('me');
const client = createClient(me.realtime, { getToken: async () => (await api('token')).token });
createRoot(document.querySelector('#root')).render(
  <TambuliProvider client={client}>
    <Orders customer={me.customer} />
  </TambuliProvider>,
);
