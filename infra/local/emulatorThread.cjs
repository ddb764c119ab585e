/**
 * The worker thread of emulator.ts: dynalite on a free loopback port. dynalite lets pages of any origin read its responses,
 * and throws on JSON of an unexpected shape. Here pages are refused, and a throw becomes a 400.
 */
const { AsyncLocalStorage } = require('node:async_hooks');
const { createServer } = require('node:http');
const { Readable } = require('node:stream');
const { parentPort } = require('node:worker_threads');
const dynalite = require('dynalite');

const MAX_BODY_BYTES = 16 * 2 ** 20; // DynamoDB's limit for a request

const [answer] = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }).listeners('request');
const underWay = new AsyncLocalStorage(); // the response of the request that the running code belongs to

const server = createServer((request, response) => {
  if (!isFromProgram(request)) return refuse(response, 403, 'AccessDeniedException', 'Browsers have no access');
  readBody(request).then(
    (body) => underWay.run(response, answer, replay(request, body), response),
    () => refuse(response, 413, 'RequestEntityTooLarge', 'Aborted, or longer than 16 MB'),
  );
});

/** Browsers send the page's origin with every POST, and the page's own host name after DNS rebinding. */
function isFromProgram({ headers }) {
  return headers.origin === undefined && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(headers.host ?? '');
}

async function readBody(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Wraps the request in a stream whose events run in the caller's asynchronous context, unlike those of a socket. */
const replay = ({ method, url, headers }, body) => Object.assign(Readable.from([body]), { method, url, headers });

process.on('uncaughtException', (error) => {
  const response = underWay.getStore();
  if (!response) throw error;
  refuse(response, 400, 'SerializationException', `The emulator cannot process this request: ${error.message}`);
});

function refuse(response, status, type, message) {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }));
}

server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
