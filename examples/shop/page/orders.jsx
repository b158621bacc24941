import { createClient } from '@tambuli/client';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

async function api(path, options) {
  const response = await fetch(`/api/${path}`, options);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** The orders of a customer: those that the backend returns, then every change of a row as it is committed. */
function useOrders(realtime, customer) {
  const [orders, setOrders] = useState(new Map());
  useEffect(() => {
    const channel = realtime.channel(`orders:${encodeURIComponent(customer)}`, {
      // Asked at first, and again when the client was away for longer than the log reaches.
      getState: async (signal) => ({ data: await api('orders', { signal }) }),
    });
    const undo = [
      channel.on('snapshot', ({ data }) => setOrders(new Map(data.map((order) => [order.id, order])))),
      channel.subscribe(({ eventType, data }) =>
        setOrders((before) => {
          const after = new Map(before);
          if (eventType === 'deleted') after.delete(data.id);
          else after.set(data.id, data);
          return after;
        }),
      ),
    ];
    return () => {
      for (const end of undo) end();
    };
  }, [realtime, customer]);
  return [...orders.values()];
}

function Orders({ realtime, customer }) {
  const orders = useOrders(realtime, customer);
  const order = (event) => {
    event.preventDefault();
    const item = new FormData(event.target).get('item');
    // The new row comes back over the channel, here and in every other tab of this customer.
    const headers = { 'content-type': 'application/json' };
    void api('orders', { method: 'POST', headers, body: JSON.stringify({ item }) });
    event.target.reset();
  };
  return (
    <main>
      <h1>Orders of {customer}</h1>
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
const realtime = createClient(me.realtime, { getToken: async () => (await api('token')).token });
realtime.connect();
createRoot(document.querySelector('#root')).render(<Orders realtime={realtime} customer={me.customer} />);
