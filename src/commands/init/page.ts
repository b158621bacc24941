/**
 * A page to look at: it connects, subscribes, and shows what arrives. Address, channel and token may come with the page's
 * own address, the token behind the `#`, which browsers send to no server.
 */
export const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Tambuli</title>
    <style>
      body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
      label { display: block; margin: .5rem 0; } input { font: inherit; width: 100%; padding: .3rem; }
      button { font: inherit; padding: .3rem 1rem; } li { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
    </style>
  </head>
  <body>
    <h1>Tambuli</h1>
    <form>
      <label>Server <input name="server" value="ws://localhost:3000/ws/realtime" required></label>
      <label>Channel <input name="channel" value="news" required></label>
      <label>Token <input name="token" placeholder="tambuli token --user 7; empty in insecure mode" autocomplete="off"></label>
      <button>Connect</button> <output>not connected</output>
    </form>
    <ol></ol>
    <script>
      const [form, state, list] = ['form', 'output', 'ol'].map((name) => document.querySelector(name));
      const given = new URLSearchParams(location.search + '&' + location.hash.slice(1));
      for (const input of form.querySelectorAll('input')) input.value = given.get(input.name) ?? input.value;

      let socket;
      function connect() {
        socket?.close();
        const { server, channel, token } = Object.fromEntries(new FormData(form));
        // The newest publication that this page has: after a loss it reads on from there.
        let since;
        const open = () => {
          const own = (socket = new WebSocket(server));
          own.onopen = () => {
            own.send(JSON.stringify(token ? { type: 'auth', token } : { type: 'auth', userId: 'somebody' }));
            own.send(JSON.stringify({ type: 'subscribe', channel, since }));
          };
          own.onmessage = ({ data }) => {
            const frame = JSON.parse(data);
            if (frame.type === 'subscribed') {
              state.textContent = 'reading ' + frame.channel;
              since = frame.position;
            } else if (frame.type === 'error') state.textContent = frame.code + ': ' + frame.message;
            else if (frame.offset !== undefined) show(frame);
          };
          own.onclose = ({ code }) => {
            if (own !== socket) return;
            state.textContent = 'closed (' + code + ')';
            // Close codes from 4500 on say that coming back is of no use.
            if (code < 4500) setTimeout(() => own === socket && open(), 1000 + 1000 * Math.random());
          };
        };
        function show(publication) {
          since = since.split(':')[0] + ':' + publication.offset;
          const item = document.createElement('li');
          item.textContent = publication.type + ' ' + publication.eventType + ' ' + JSON.stringify(publication.data);
          list.prepend(item);
        }
        open();
      }
      form.onsubmit = (event) => { event.preventDefault(); connect(); };
      if (given.has('channel')) connect();
    </script>
  </body>
</html>
`;
