/** `npm run instances`: loads lambda instances into the table, and writes them out, as JSON. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { required } from '../../lib/config';
import { instancesIn } from '../../lib/instances/source';
import { createProgram, run, runAsProcess, type Terminal } from './cli';
import { endedEarly } from './errorText';
import { isStandardOutput, writeExport } from './exportFile';
import { exportInstances } from './exportInstances';
import { importInstances } from './importInstances';
import { untilAborted } from './interruption';
import { OutputError, print } from './output';
import { startBar } from './progressBar';
import { readRecords } from './readRecords';
import { announceWrites } from './target';
import { createToolClient } from './toolClient';
import { ToolError } from './toolError';
import { createDryWriter, createWriter } from './writeInstance';

const ABOUT = `Imports and exports lambda instances as JSON. Numbers keep all their digits.
The environment variable INSTANCES_TABLE names the table; region and credentials are those of the AWS CLI.`;

const FORMAT = `
A record is {"id":…,"uuid":…,"name":…} with any further attributes. Binary values and sets are written as
{"$binary":"base64"}, {"$strings":[…]}, {"$numbers":[…]} and {"$binaries":[…]}; a map that looks like one of these as
{"$map":{…}}.`;

const IMPORT_NOTES = `
FILE contains a record per line, an array of records, a response of the API ({"data":[…]}), or lines of an export to S3
({"Item":{…}}). For the output of aws dynamodb scan: | jq --compact-output '.Items[] | {Item: .}'
${FORMAT}

A record without an id gets the largest id + 1, which must be an integer, and is appended again if it is loaded twice.
Without a name, an existing record keeps its name and a new one is called "Lambda Instance". Records that the list would
report as damaged (the uuid is not an integer, or the name not text) are refused, although export writes existing ones.`;

const EXPORT_NOTES = `
FILE gets a record per line, in order of id. It is created or replaced when all records are written.
In a pipe, suppress npm's banner: npm run --silent instances -- export | gzip > instances.ndjson.gz
${FORMAT}`;

type ImportFlags = { readonly replace: boolean; readonly dryRun: boolean; readonly json?: true };

export function instancesTool(
  args: readonly string[],
  terminal: Terminal,
  openClient = createToolClient,
): Promise<number> {
  const program = createProgram('instances', ABOUT, terminal);
  const { env, stdin, stdout, stderr, interruption } = terminal;

  program
    .command('import')
    .description('load records, and merge their attributes into existing records')
    .argument('<file>', 'the file to read; - is standard input')
    .option('--replace', 'replace existing records instead of merging', false)
    .option(
      '--dry-run',
      'load nothing; report the records that would be refused, except those that only DynamoDB refuses',
      false,
    )
    .option('--json', 'print the summary as JSON: {"loaded":…,"refused":…}')
    .addHelpText('after', IMPORT_NOTES)
    .action(async (file: string, { replace, dryRun, json }: ImportFlags) => {
      const partition = instancesIn(required(env, 'INSTANCES_TABLE'));
      const client = openClient({ maxAttempts: 1 });
      const info = file === '-' ? undefined : await stat(file);
      if (info?.isDirectory()) throw new ToolError(`${file} is a directory`);
      if (!dryRun) await announceWrites(terminal, client, partition.table);
      const signal = interruption.handle();
      const target = { sender: client, partition, signal };
      const size = info?.isFile() ? info.size : undefined;
      const bar = startBar(terminal, { bytes: size });
      const records = readRecords({
        chunks: bar.watch(file === '-' ? stdin : createReadStream(file)),
        path: size === undefined ? undefined : file,
        expect: (count) => bar.expect({ records: count }),
      });
      const { loaded, refused } = await importInstances(
        records,
        (dryRun ? createDryWriter : createWriter)(target, { replace }),
        {
          refuse: (place, reason) => bar.print(`${place} is refused: ${reason}`),
          advance: bar.count,
          signal,
        },
      ).finally(bar.stop);
      const done = dryRun ? 'would be loaded' : 'loaded';
      await print(stdout, `${json ? JSON.stringify({ loaded, refused }) : `${loaded} ${done}, ${refused} refused`}\n`);
      if (refused > 0) throw new ToolError(`not every record ${dryRun ? 'would be' : 'was'} loaded`);
    });

  program
    .command('export')
    .description('write every instance with all its attributes, as JSON lines')
    .argument('[file]', 'the file to write; - is standard output', '-')
    .option('--force', 'overwrite the file if it exists', false)
    .option('--json', 'print the summary as JSON: {"exported":…,"skipped":…}')
    .addHelpText('after', EXPORT_NOTES)
    .action(async (file: string, { force, json }: { force: boolean; json?: true }) => {
      const partition = instancesIn(required(env, 'INSTANCES_TABLE'));
      const toStdout = await isStandardOutput(file);
      if (toStdout) await warnOfBanner(terminal);
      const bar = startBar(toStdout && stdout.isTTY ? { ...terminal, env: { TERM: 'dumb' } } : terminal);
      const signal = interruption.handle();
      let [exported, skipped] = [0, 0];
      const options = {
        advance: bar.count,
        skip: (id: string, reason: string) => {
          skipped += 1;
          bar.print(`id ${id} is not exported: ${reason}`);
        },
      };
      const lines = async function* () {
        const all = exportInstances(openClient(), partition, options);
        for await (const line of untilAborted(all, signal)) {
          yield line;
          exported += 1;
        }
      };
      try {
        if (!toStdout) await writeExport(file, lines(), { force, signal });
        else for await (const line of lines()) await print(stdout, line);
      } catch (error) {
        if (exported === 0) throw error;
        const summary = `the export is incomplete: ${exported} instances were read`;
        if (!(error instanceof OutputError && error.isClosedPipe)) throw await endedEarly(error, summary);
        bar.print(`${summary}: the reader closed the pipe`);
        throw error;
      } finally {
        bar.stop();
      }
      const summary = json ? JSON.stringify({ exported, skipped }) : `${exported} instances exported`;
      await print(toStdout ? stderr : stdout, `${summary}\n`);
      if (skipped > 0) throw new ToolError(`${skipped} instances could not be exported`);
    });

  return run(program, args, terminal);
}

/** Warns that npm's banner precedes the output. */
async function warnOfBanner({ env, stdout, stderr }: Terminal): Promise<void> {
  if (stdout.isTTY || env.npm_lifecycle_event !== 'instances' || env.npm_config_loglevel === 'silent') return;
  await print(stderr, "the output begins with npm's banner: use npm run --silent\n");
}

if (require.main === module) runAsProcess(instancesTool);
