/** `npm run instances`: brings lambda instances into the table, and out of it, as JSON. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { required } from '../../lib/config';
import { instancesIn } from '../../lib/instances/source';
import { createProgram, run, runAsProcess, type Terminal } from './cli';
import { exportInstances } from './exportInstances';
import { importInstances } from './importInstances';
import { print } from './output';
import { startBar } from './progressBar';
import { readRecords } from './readRecords';
import { createToolClient } from './toolClient';
import { ToolError } from './toolError';

const ABOUT = `Brings lambda instances into the table, and out of it, as JSON. Numbers keep all their digits.
The table is the one that INSTANCES_TABLE names; region and credentials are the AWS profile's.`;

const FORMAT = `
FILE holds JSON: a record a line, an array of records, or the API's own {"data":[…]}. A record is {"id":…,"uuid":…,
"name":…} and whatever else is to be kept with it. Without an id it gets the largest id + 1, without a name the name
"Lambda Instance". Binary values and sets are written as {"$binary":"base64"}, {"$strings":[…]}, {"$numbers":[…]} and
{"$binaries":[…]}; a map that looks like one of these as {"$map":{…}}.`;

export function instancesTool(
  args: readonly string[],
  terminal: Terminal,
  openClient = createToolClient,
): Promise<number> {
  const program = createProgram('instances', ABOUT, terminal);
  const { env, stdin, stdout } = terminal;

  program
    .command('import')
    .description('load records; their attributes are merged into those that are there')
    .argument('<file>', 'where from; - is standard input')
    .option('--replace', 'put a record in the place of the one with its id, instead of merging them', false)
    .addHelpText('after', FORMAT)
    .action(async (file: string, { replace }: { replace: boolean }) => {
      const partition = instancesIn(required(env, 'INSTANCES_TABLE'));
      const target = { sender: openClient({ maxAttempts: 1 }), partition };
      const bar = startBar(terminal, { bytes: file === '-' ? undefined : (await stat(file)).size });
      const input = file === '-' ? stdin : createReadStream(file);
      const { loaded, refused } = await importInstances(readRecords(bar.watch(input)), target, {
        replace,
        refuse: (place, reason) => bar.print(`${place} is refused: ${reason}`),
        advance: bar.count,
      }).finally(bar.stop);
      await print(stdout, `${loaded} loaded, ${refused} refused\n`);
      if (refused > 0) throw new ToolError('not every record was loaded');
    });

  program
    .command('export')
    .description('write every instance with all its attributes, a JSON line each')
    .argument('[file]', 'where to; without, or with -, to standard output', '-')
    .addHelpText('after', FORMAT)
    .action(async (file: string) => {
      const partition = instancesIn(required(env, 'INSTANCES_TABLE'));
      const bar = startBar(terminal);
      const lines = exportInstances(openClient(), partition, bar.count);
      await (file === '-' ? pipeline(lines, stdout, { end: false }) : writeWhole(file, lines)).finally(bar.stop);
    });

  return run(program, args, terminal);
}

/** An export that ends early must not stand where a whole one did. */
async function writeWhole(file: string, lines: AsyncIterable<string>): Promise<void> {
  const part = `${file}.part`;
  try {
    await pipeline(lines, createWriteStream(part));
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}

if (require.main === module) runAsProcess(instancesTool);
