// Requests by Node's own client, one after the other: `node node-requests.mjs <url> <paths as JSON>`. Prints a line each.
import http from 'node:http';

const [url, paths] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function request(path) {
  return new Promise((resolve) => {
    const sent = http.get(`${url}${path}`, { agent, headers: { connection: 'close' } }, (response) => {
      response.resume();
      response.on('end', () =>
        resolve({ status: response.statusCode, connection: response.headers.connection }),
      );
    });
    sent.on('error', ({ message }) => resolve({ message }));
  });
}

for (const path of JSON.parse(paths)) process.stdout.write(`${JSON.stringify(await request(path))}\n`);
agent.destroy();
