/**
 * Runs a built function in a process of its own: what it rejects or forgets to catch ends the process, and what it keeps
 * can be seen. Messages: `{ id, event, remainingMs }` to invoke, `{ id }` to look.
 */
for (const stream of [process.stdout, process.stderr]) stream.write(''); // opened now, not when first written to
const { handler } = require(process.argv[2]);

process.on('message', async ({ id, event, remainingMs }) => {
  if (event === undefined) {
    global.gc();
    const resources = process.getActiveResourcesInfo();
    process.send({ id, answer: { heapBytes: process.memoryUsage().heapUsed, resources } });
    return;
  }
  const start = performance.now();
  const getRemainingTimeInMillis = () => remainingMs - (performance.now() - start);
  const response = await handler(JSON.parse(event), { awsRequestId: id, getRemainingTimeInMillis });
  process.send({ id, answer: { response, durationMs: performance.now() - start } });
});
process.on('disconnect', () => process.exit());
