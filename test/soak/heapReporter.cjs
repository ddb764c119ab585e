/** Loaded into every Node.js process of the local server: records its heap size after garbage collection. */
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { threadId } = require('node:worker_threads');

const file = join(process.env.HEAP_DIRECTORY, `${process.pid}-${threadId}`);
const report = () => {
  global.gc();
  writeFileSync(file, String(process.memoryUsage().heapUsed));
};
setInterval(report, 500).unref();
