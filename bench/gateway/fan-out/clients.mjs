// Many subscribers on raw sockets, which count what they get and look at little of it: the cost of a client must not be what is measured.
// node clients.mjs <port> <publish url> <count> <same|different> <seconds> <warm-up events>; prints one line of JSON.
import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';

const [port, publishUrl, countText, kind, seconds, warmUp] = process.argv.slice(2);
const count = Number(countText);
const query = 'subscription Price($upc: String) { priceChanged(upc: $upc) { upc name price inStock } }';

function masked(text) {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const head =
    payload.length < 126
      ? Buffer.from([0x81, 0x80 | payload.length])
      : Buffer.from([0x81, 0x80 | 126, payload.length >> 8, payload.length & 255]);
  for (let index = 0; index < payload.length; index++) payload[index] ^= mask[index % 4];
  return Buffer.concat([head, mask, payload]);
}

let onFrame = () => {};
let sample = '';

function open(index) {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1');
    let rest = Buffer.alloc(0);
    let isUpgraded = false;
    let skip = 0;
    socket.on('error', reject);
    socket.on('close', () => {
      console.error(`Socket ${index} was closed: ${rest.toString('utf8', 0, 200)}`);
      process.exit(1);
    });
    socket.write(
      `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
    );
    socket.on('data', (chunk) => {
      let data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      rest = Buffer.alloc(0);
      if (!isUpgraded) {
        const end = data.indexOf('\r\n\r\n');
        if (end < 0) {
          rest = data;
          return;
        }
        isUpgraded = true;
        socket.write(masked('{"type":"connection_init"}'));
        data = data.subarray(end + 4);
      }
      let at = 0;
      while (data.length - at >= 2) {
        const short = data[at + 1] & 127;
        const headLength = short < 126 ? 2 : short === 126 ? 4 : 10;
        if (data.length - at < headLength) break;
        const length = short < 126 ? short : short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
        if (data.length - at < headLength + length) break;
        const isText = (data[at] & 15) === 1;
        if ((data[at] & 15) === 9) socket.write(Buffer.from([0x8a, 0x80, 0, 0, 0, 0]));
        if (isText && skip === 0) {
          skip = 1;
          const variables = kind === 'same' ? {} : { upc: `p${index}` };
          socket.write(masked(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } })));
          resolve(socket);
        } else if (isText) {
          if (index === 0) sample = data.toString('utf8', at + headLength, at + headLength + length);
          onFrame();
        }
        at += headLength + length;
      }
      if (at < data.length) rest = data.subarray(at);
    });
  });
}

const agentOptions = new URL(publishUrl);
function publish(n) {
  const request = httpRequest({ host: agentOptions.hostname, port: agentOptions.port, path: `/publish?n=${n}`, method: 'POST' });
  request.on('response', (response) => response.resume());
  request.on('error', () => {});
  request.end();
}
function subscribers() {
  return fetch(new URL('/subscribers', publishUrl))
    .then((response) => response.text())
    .then(Number);
}

const sockets = [];
for (let index = 0; index < count; index += 50) {
  sockets.push(...(await Promise.all(Array.from({ length: Math.min(50, count - index) }, (_, offset) => open(index + offset)))));
}
// All have subscribed once the source has as many subscriptions as it will get.
for (let last = -1, now = await subscribers(); now === 0 || now !== last; ) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  last = now;
  now = await subscribers();
}

let event = 0;
function nextEvent() {
  return new Promise((resolve) => {
    let got = 0;
    onFrame = () => {
      got += 1;
      if (got === count) resolve();
    };
    event += 1;
    publish(event);
  });
}
for (let index = 0; index < Number(warmUp); index++) await nextEvent();
console.log('warm');
const latencies = [];
const startedAt = performance.now();
while (performance.now() - startedAt < Number(seconds) * 1000) {
  const at = performance.now();
  await nextEvent();
  latencies.push(performance.now() - at);
}
const tookSeconds = (performance.now() - startedAt) / 1000;
latencies.sort((a, b) => a - b);
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
console.log(
  JSON.stringify({
    events: latencies.length,
    deliveries: latencies.length * count,
    seconds: tookSeconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    sample,
    last: event,
  }),
);
process.exit(0);
