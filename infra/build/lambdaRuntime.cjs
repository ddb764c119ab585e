/**
 * What Lambda's Node.js runtime does with a function: finds the handler that `_HANDLER` names under
 * `LAMBDA_TASK_ROOT`, then takes event after event from the Runtime API and gives back answers.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
const { join } = require('node:path');

const { env } = process;
const api = `http://${env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

function loadHandler() {
  const [, file, name] = /^(.+)\.([^.]+)$/.exec(env._HANDLER);
  const handler = require(join(env.LAMBDA_TASK_ROOT, file))[name];
  if (typeof handler !== 'function') throw new Error(`${env._HANDLER} is undefined or not exported`);
  return handler;
}

const post = (path, body) =>
  fetch(`${api}/${path}`, {
    method: 'POST',
    headers: { 'x-peak-memory-kb': String(process.resourceUsage().maxRSS) }, // the one thing that Lambda's does not send
    body: JSON.stringify(body ?? null),
  });

const describe = (error) => ({ errorType: error?.name, errorMessage: String(error?.message ?? error) });

async function answerNext(handler) {
  const next = await fetch(`${api}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const deadlineMs = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    awsRequestId: id,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    invokedFunctionArn: next.headers.get('lambda-runtime-invoked-function-arn'),
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
  try {
    await post(`invocation/${id}/response`, await handler(await next.json(), context));
  } catch (error) {
    await post(`invocation/${id}/error`, describe(error));
  }
}

async function run() {
  let handler;
  try {
    handler = loadHandler();
  } catch (error) {
    await post('init/error', describe(error));
    process.exit(1);
  }
  for (;;) await answerNext(handler);
}

run();
