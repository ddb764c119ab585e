/** `npm run page-index`: builds the page index for the rows that are there, and compares it with them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SingleBar } from 'cli-progress';
import { parseMaintenanceConfig } from '../../lib/config';
import { instancesIn } from '../../lib/instances/source';
import { type PageIndex, pageIndexOf } from '../../lib/pageIndex/store';
import { rebuild } from '../../lib/pageIndex/upkeep/rebuild';
import { type Drift, verify } from '../../lib/pageIndex/upkeep/verify';
import { createProgram, createToolClient, run, type Terminal, ToolError } from './cli';

const ABOUT = `Builds the page index for the instances that are there, and compares it with them; others may write meanwhile.
The tables are those that INSTANCES_TABLE and PAGE_INDEX_TABLE name; region and credentials are the AWS profile's.`;

const LAG_MS = 5_000; // what the stream may take to be counted

export function pageIndexTool(
  args: readonly string[],
  terminal: Terminal,
  { openClient = createToolClient, lagMs = LAG_MS } = {},
): Promise<number> {
  const program = createProgram('page-index', ABOUT, terminal);

  program
    .command('rebuild')
    .description('count every instance; until this has ended, pages are read without the index')
    .action(async () => {
      const { index, bar } = await open(terminal, openClient);
      let rows = 0;
      for await (rows of rebuild(index)) bar.show(rows);
      bar.stop();
      terminal.stdout.write(`the page index is complete: ${rows} instances\n`);
    });

  program
    .command('verify')
    .description('compare every count with the instances themselves; exit code 1 if they differ')
    .action(async () => {
      const { index, bar } = await open(terminal, openClient);
      const drifts: Drift[] = [];
      let rows = 0;
      for await (const step of verify(index, () => sleep(lagMs))) {
        rows = step.rows;
        drifts.push(...step.drifts);
        bar.show(rows);
      }
      bar.stop();
      for (const { after, recorded = 'nothing', counted } of drifts) {
        terminal.stdout.write(`behind id ${after ?? '(the first)'}: ${recorded} recorded, ${counted} counted\n`);
      }
      if (drifts.length > 0)
        throw new ToolError(`the page index differs from the instances in ${drifts.length} places`);
      terminal.stdout.write(`the page index is right: ${rows} instances\n`);
    });

  return run(program, args, terminal);
}

type Bar = { show(rows: number): void; stop(): void };

async function open(
  { env, stderr }: Terminal,
  openClient: () => DynamoDBClient,
): Promise<{ index: PageIndex; bar: Bar }> {
  const { instancesTable, pageIndexTable } = parseMaintenanceConfig(env);
  const client = openClient();
  const index = pageIndexOf(client, pageIndexTable, instancesIn(instancesTable));
  if (!stderr.isTTY) return { index, bar: { show: () => {}, stop: () => {} } };
  const { Table } = await client.send(new DescribeTableCommand({ TableName: instancesTable }));
  const estimate = Table?.ItemCount ?? 0; // up to six hours old
  const bar = new SingleBar({ format: '{bar} {value} instances, {duration_formatted}', stream: stderr });
  bar.start(estimate, 0);
  return {
    index,
    bar: {
      show: (rows) => {
        bar.setTotal(Math.max(estimate, rows));
        bar.update(rows);
      },
      stop: () => bar.stop(),
    },
  };
}

if (require.main === module) {
  pageIndexTool(process.argv.slice(2), process).then((exitCode) => {
    process.exitCode = exitCode;
  });
}
