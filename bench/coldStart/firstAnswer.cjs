// Runs in a separate process: loads a bundle as Lambda does, invokes it once, and reports the CPU time since the start.
const { writeSync } = require('node:fs');

const [bundle, event] = process.argv.slice(2);
const context = { awsRequestId: '7f4b2c1e', functionName: 'list', getRemainingTimeInMillis: () => 10_000 };

async function main() {
  const { handler } = bundle.endsWith('.mjs') ? await import(bundle) : require(bundle);
  const { statusCode, body } = await handler(JSON.parse(event), context);
  const { user, system } = process.cpuUsage();
  const wallMs = performance.now();
  const items = JSON.parse(body).data?.length;
  writeSync(3, JSON.stringify({ statusCode, items, cpuMs: (user + system) / 1_000, wallMs }));
  process.exit();
}

main();
