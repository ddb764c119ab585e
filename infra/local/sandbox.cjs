/** The worker thread of lambda.ts: simulates AWS Lambda's runtime. Events and answers are passed as JSON. */
const inspector = require('node:inspector');
const { parentPort, workerData } = require('node:worker_threads');

process.setSourceMapsEnabled(true); // stacks name the TypeScript file and line, if the bundle has a source map
process.stdout.write = (text) => {
  parentPort.postMessage({ log: String(text) }); // on the same port as the answers, and so before them
  return true;
};

if (workerData.inspectPort !== undefined) inspector.open(workerData.inspectPort, '127.0.0.1', workerData.isWaiting);

const { handler } = require(workerData.bundle);

parentPort.on('message', async ({ id, event, deadlineMs, isRetired }) => {
  if (isRetired) return inspector.close(); // frees the port for the next bundle
  const context = {
    ...workerData.context,
    awsRequestId: id,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
  try {
    parentPort.postMessage({ id, answer: JSON.stringify(await handler(JSON.parse(event), context)) });
  } catch (error) {
    parentPort.postMessage({ id, error });
  }
});
