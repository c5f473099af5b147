// Asks one gateway over and over on a number of connections, each waiting for its answer before it asks again, and prints what it saw as
// one line of JSON. Speaks HTTP by hand, so that the load costs little of the core that it shares with the subgraphs.
// It goes on for the seconds and until it has asked often enough, but no longer than a minute more.
// node load.mjs <port> <scenario> <seconds> <connections> <first request number> <path> <requests at least>
import { connect } from 'node:net';
import { bodyOf, scenarios } from './scenarios.mjs';

const [port, scenarioName, seconds, connections, first, path, requestsMin] = process.argv.slice(2);
const scenario = scenarios[scenarioName];
const isConstant = scenario.variablesOf(1) === undefined;
const latenciesMs = [];
let next = Number(first);
let failures = 0;
let expectedBytes = null;

const head = (body) =>
  `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\naccept: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
const constant = isConstant ? Buffer.from(head(bodyOf(scenario, 0)) + bodyOf(scenario, 0)) : null;

function requestBytes() {
  if (constant !== null) return constant;
  const body = bodyOf(scenario, next++);
  return head(body) + body;
}

/** Takes bytes as they come; calls `done` with each whole answer's status and the number of bytes in its body. */
function createReader(done) {
  let received = [];
  let length = 0;
  let headEnd = -1;
  let status = 0;
  let bodyBytes = -1;
  return (chunk) => {
    received.push(chunk);
    length += chunk.length;
    if (headEnd < 0) {
      const all = received.length === 1 ? chunk : Buffer.concat(received);
      received = [all];
      headEnd = all.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const text = all.latin1Slice(0, headEnd);
      status = Number(text.slice(9, 12));
      const given = /\r\ncontent-length: *(\d+)/i.exec(text);
      bodyBytes = given === null ? -1 : Number(given[1]);
    }
    if (bodyBytes < 0) {
      // Chunked: over when the last chunk has come.
      const last = received.at(-1);
      const tail = last.length >= 5 ? last : Buffer.concat(received);
      if (tail.latin1Slice(tail.length - 5) !== '0\r\n\r\n') return;
    } else if (length < headEnd + 4 + bodyBytes) return;
    const bytes = bodyBytes < 0 ? null : bodyBytes;
    received = [];
    length = 0;
    headEnd = -1;
    done(status, bytes);
  };
}

const startedAt = performance.now();
function isOver() {
  const overtimeSeconds = (performance.now() - startedAt) / 1000 - Number(seconds);
  return overtimeSeconds >= 60 || (overtimeSeconds >= 0 && latenciesMs.length >= Number(requestsMin));
}

function run() {
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1');
    socket.setNoDelay(true);
    let askedAt = 0;
    const ask = () => {
      askedAt = performance.now();
      socket.write(requestBytes());
    };
    const read = createReader((status, bytes) => {
      // Chunks are cut anew each time: then only whole answers have a length to compare.
      if (isConstant && bytes !== null) expectedBytes ??= bytes;
      if (status !== 200 || (isConstant && bytes !== null && bytes !== expectedBytes)) failures += 1;
      latenciesMs.push(performance.now() - askedAt);
      if (isOver()) socket.end();
      else ask();
    });
    socket.on('connect', ask);
    socket.on('data', read);
    // A connection that breaks is a request that failed; the next one gets a new connection.
    socket.on('error', () => {
      failures += 1;
    });
    socket.on('close', () => resolve(isOver() ? undefined : run()));
  });
}

await Promise.all(Array.from({ length: Number(connections) }, run));
const elapsedSeconds = (performance.now() - startedAt) / 1000;
latenciesMs.sort((left, right) => left - right);
const at = (share) => latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))];
console.log(
  JSON.stringify({
    requests: latenciesMs.length,
    failures,
    requestsPerSecond: latenciesMs.length / elapsedSeconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    next,
  }),
);
