/**
 * Runs a built function in a separate process: an uncaught error ends the process, and its heap can be inspected.
 * Messages: `{ id, event, remainingMs }` to invoke, `{ id, secrets }` to search the heap (in base64, so that the request
 * itself is not found).
 */
const { getHeapSnapshot } = require('node:v8');
const { buffer } = require('node:stream/consumers');

for (const stream of [process.stdout, process.stderr]) stream.write(''); // open at once, not at the first write
const { handler } = require(process.argv[2]);

process.on('message', async ({ id, event, remainingMs, secrets }) => {
  if (event === undefined) {
    global.gc();
    const resources = process.getActiveResourcesInfo();
    const { heapUsed } = process.memoryUsage();
    const heap = secrets.length > 0 ? await buffer(getHeapSnapshot()) : Buffer.of();
    const found = secrets.filter((secret) => heap.includes(Buffer.from(secret, 'base64')));
    process.send({ id, answer: { heapBytes: heapUsed, resources, found } });
    return;
  }
  const start = performance.now();
  const getRemainingTimeInMillis = () => remainingMs - (performance.now() - start);
  let isInTime = true;
  const end = setTimeout(() => {
    isInTime = false;
  }, remainingMs);
  const response = await handler(JSON.parse(event), { awsRequestId: id, getRemainingTimeInMillis });
  clearTimeout(end);
  process.send({ id, answer: { response, durationMs: performance.now() - start, isInTime } });
});
process.on('disconnect', () => process.exit());
