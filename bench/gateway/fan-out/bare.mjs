// What a gateway is compared with: a graphql-ws server on the same API without federation. It executes once per socket.
// POST /publish?n=… sends the n-th event.
import { createServer } from 'node:http';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { bareSdl } from '../schema.mjs';

const listeners = new Set();

async function* follow() {
  const pending = [];
  let wake = () => {};
  const listener = (event) => {
    pending.push(event);
    wake();
  };
  listeners.add(listener);
  try {
    for (;;) {
      for (const event of pending.splice(0)) yield event;
      if (pending.length === 0)
        await new Promise((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    listeners.delete(listener);
  }
}

const schema = buildSchema(bareSdl);
schema.getSubscriptionType().getFields().priceChanged.subscribe = follow;
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/subscribers') return response.end(String(listeners.size));
  const event = { priceChanged: { upc: 'p1', name: 'Table', price: Number(url.searchParams.get('n')), inStock: true } };
  for (const listener of listeners) listener(event);
  response.end();
});
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port));
