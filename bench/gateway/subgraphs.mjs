// The four subgraphs as one process on one port: POST /<name>. Prints its port as the first line.
import { createServer } from 'node:http';
import { createAnswering } from './answering.mjs';
import { subgraphSchema, subgraphSdl } from './schema.mjs';

/** Answers to requests that come again and again are kept as they are; those with data of their own are written anew. */
const keptMax = 500;
const kept = new Map();
const answerings = Object.fromEntries(
  Object.keys(subgraphSdl).map((name) => [`/${name}`, createAnswering(subgraphSchema(name))]),
);
let requests = 0;

function answer(path, text) {
  const key = path + text;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const { query, variables } = JSON.parse(text);
  const body = Buffer.from(answerings[path](query, variables));
  if (kept.size < keptMax) kept.set(key, body);
  return body;
}

const server = createServer((request, response) => {
  if (request.url === '/requests') return response.end(String(requests));
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    requests += 1;
    try {
      const body = answer(request.url, chunks.length === 1 ? chunks[0].toString() : Buffer.concat(chunks).toString());
      response.writeHead(200, ['content-type', 'application/json', 'content-length', String(body.length)]);
      response.end(body);
    } catch (error) {
      console.error(error);
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ message: String(error) }] }));
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
