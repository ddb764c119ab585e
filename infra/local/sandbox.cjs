const { parentPort, workerData } = require('node:worker_threads');

/** The worker thread of lambda.ts: what AWS Lambda's runtime is to a function. Events and answers pass as JSON. */
process.stdout.write = (text) => {
  parentPort.postMessage({ log: String(text) }); // on one port with the answers, and so before them
  return true;
};

const { handler } = require(workerData.bundle);

parentPort.on('message', async ({ id, event, deadlineMs }) => {
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
