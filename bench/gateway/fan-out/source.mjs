// The subgraphs of the fan-out as one process: products with its subscription, inventory with the field that is joined. Events are made as
// fast as text can be, so that whoever is measured is the bottleneck. POST /publish?n=… sends the n-th event to every subscription.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { WebSocketServer } = require('ws');

const subscribers = new Set();

function publish(n) {
  const payload = `,"type":"next","payload":{"data":{"priceChanged":{"__typename":"Product","upc":"p1","name":"Table","price":${n}}}}}`;
  for (const { socket, prefix } of subscribers) socket.send(prefix + payload);
}

function answer(path, text) {
  if (path !== '/inventory') return '{"data":{"__typename":"Query"}}';
  const { variables } = JSON.parse(text);
  return `{"data":{"_entities":[${(variables?.representations ?? []).map(() => '{"__typename":"Product","inStock":true}').join(',')}]}}`;
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/publish') {
    publish(Number(url.searchParams.get('n')));
    return response.end();
  }
  if (url.pathname === '/subscribers') return response.end(String(subscribers.size));
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = answer(url.pathname, Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;

const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' });
sockets.on('connection', (socket) => {
  const own = new Map();
  socket.on('message', (data) => {
    const { type, id } = JSON.parse(String(data));
    if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
    else if (type === 'ping') socket.send('{"type":"pong"}');
    else if (type === 'subscribe') {
      const subscriber = { socket, prefix: `{"id":${JSON.stringify(id)}` };
      own.set(id, subscriber);
      subscribers.add(subscriber);
    } else if (type === 'complete') subscribers.delete(own.get(id));
  });
  socket.on('close', () => {
    for (const subscriber of own.values()) subscribers.delete(subscriber);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
