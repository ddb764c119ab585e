/**
 * Runs a built function in a process of its own: what it rejects or forgets to catch ends the process, and what it keeps
 * can be seen. Messages: `{ id, event, remainingMs }` to invoke, `{ id, secrets }` to look (these in base64, so that what
 * asks for them is not what is found).
 */
const { getHeapSnapshot } = require('node:v8');
const { buffer } = require('node:stream/consumers');

for (const stream of [process.stdout, process.stderr]) stream.write(''); // opened now, not when first written to
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
