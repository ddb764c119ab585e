/**
 * Runs a function in a separate process: finds the handler `_HANDLER` below `LAMBDA_TASK_ROOT`, as Lambda's runtime does.
 * An uncaught error or a rejection ends the process, and its heap can be inspected.
 *
 * Messages: `{ id, event, remainingMs }` to invoke, `{ id, secrets }` to search the heap (in base64, so that the request
 * itself is not found). With the same three as arguments the host invokes the function once, without an IPC channel, and
 * writes the answer to file descriptor 3: the channel adds 4 to 8 ms of CPU time to the start, which the cold-start bench
 * would attribute to the function.
 */
const { existsSync, writeSync } = require('node:fs');
const { join } = require('node:path');

const { env } = process;

async function loadHandler() {
  const [, module, name] = /^(.+)\.([^.]+)$/.exec(env._HANDLER);
  const path = join(env.LAMBDA_TASK_ROOT, module);
  const { [name]: handler } = existsSync(`${path}.mjs`) ? await import(`${path}.mjs`) : require(path);
  if (typeof handler !== 'function') throw new Error(`${env._HANDLER} is undefined or not exported`);
  return handler;
}

async function invoke(handler, { id, event, remainingMs }) {
  const start = performance.now();
  const context = {
    awsRequestId: id,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => remainingMs - (performance.now() - start),
  };
  let isInTime = true;
  const end = setTimeout(() => {
    isInTime = false;
  }, remainingMs);
  const response = (await handler(JSON.parse(event), context)) ?? null;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const sinceStart = { cpuMs: (userCPUTime + systemCPUTime) / 1_000, wallMs: performance.now() };
  clearTimeout(end);
  return { response, durationMs: sinceStart.wallMs - start, isInTime, sinceStart, peakMemoryMb: maxRSS / 1_024 };
}

async function look({ secrets }) {
  const { getHeapSnapshot, setFlagsFromString } = require('node:v8');
  const { buffer } = require('node:stream/consumers');
  setFlagsFromString('--expose-gc'); // here, so that functions start without flags of V8
  const collectGarbage = require('node:vm').runInNewContext('gc');
  for (const stream of [process.stdout, process.stderr]) stream.write(''); // open in every look
  collectGarbage();
  const resources = process.getActiveResourcesInfo();
  const { heapUsed } = process.memoryUsage();
  const heap = secrets.length > 0 ? await buffer(getHeapSnapshot()) : Buffer.of();
  const found = secrets.filter((secret) => heap.includes(Buffer.from(secret, 'base64')));
  return { heapBytes: heapUsed, resources, found };
}

async function run() {
  const handler = await loadHandler();
  const [id, event, remainingMs] = process.argv.slice(2);
  if (event) {
    writeSync(3, JSON.stringify(await invoke(handler, { id, event, remainingMs: Number(remainingMs) })));
    process.exit();
  }
  process.on('message', async ({ id, ...message }) => {
    process.send({ id, answer: await (message.secrets ? look(message) : invoke(handler, { id, ...message })) });
  });
  process.on('disconnect', () => process.exit());
}

run();
