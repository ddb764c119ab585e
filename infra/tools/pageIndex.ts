/** `npm run page-index`: builds the page index of the instances table, and compares it with the table. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeTableCommand,
  type DynamoDBClient,
  QueryCommand,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { parseMaintenanceConfig } from '../../lib/config';
import { toJsonNumber } from '../../lib/dynamodb/decimal';
import { limitCalls } from '../../lib/dynamodb/limitCalls';
import type { Sender } from '../../lib/dynamodb/session';
import { instancesIn } from '../../lib/instances/source';
import { pageIndexOf } from '../../lib/pageIndex/store';
import { type Clock, pace, REAL_CLOCK, UNITS_PER_SECOND } from '../../lib/pageIndex/upkeep/pace';
import { rebuild } from '../../lib/pageIndex/upkeep/rebuild';
import { type Drift, verify } from '../../lib/pageIndex/upkeep/verify';
import { createProgram, run, runAsProcess, type Terminal } from './cli';
import { endedEarly } from './errorText';
import { untilAborted } from './interruption';
import { print } from './output';
import { startBar } from './progressBar';
import { announceWrites } from './target';
import { createToolClient } from './toolClient';
import { ToolError } from './toolError';

const ABOUT = `Builds the page index of the instances table, or compares it with the table. Others may write meanwhile.
Both count at ${UNITS_PER_SECOND.toLocaleString('en')} read units a second, half of what DynamoDB grants the instances, or slower if it throttles.
The environment variables INSTANCES_TABLE and PAGE_INDEX_TABLE name the tables; region and credentials are those of the AWS CLI.`;

const LAG_MS = 5_000; // the time in which changes from the stream are counted

export function pageIndexTool(
  args: readonly string[],
  terminal: Terminal,
  { openClient = createToolClient, lagMs = LAG_MS, clock = REAL_CLOCK } = {},
): Promise<number> {
  const program = createProgram('page-index', ABOUT, terminal);
  const { env, stdout } = terminal;

  program
    .command('rebuild')
    .description('count every instance; until it is complete, pages are read without the index')
    .option('--json', 'print the result as JSON: {"instances":…}')
    .action(async ({ json }: { json?: true }) => {
      const tables = parseMaintenanceConfig(env);
      const client = openClient();
      await announceWrites(terminal, client, tables.pageIndexTable);
      const { index, steps, stop } = await open(terminal, client, tables, clock);
      let rows: number | undefined;
      try {
        for await (rows of steps(rebuild(index), (counted) => counted));
      } catch (error) {
        if (rows === undefined) throw error; // an earlier index still exists
        const summary = `${rows} instances were counted; pages are read without the index until all are: the audit continues, or run it again`;
        throw await endedEarly(error, summary);
      } finally {
        stop();
      }
      await print(stdout, json ? `{"instances":${rows}}\n` : `the page index is complete: ${rows} instances\n`);
    });

  program
    .command('verify')
    .description('compare every count with the instances; exit with code 1 if they differ')
    .option('--json', 'print the result as JSON: {"instances":…,"drifts":[{"after":…,"recorded":…,"counted":…}]}')
    .action(async ({ json }: { json?: true }) => {
      const { index, steps, stop } = await open(terminal, openClient(), parseMaintenanceConfig(env), clock);
      const drifts: Drift[] = [];
      let rows = 0;
      try {
        for await (const step of steps(
          verify(index, () => sleep(lagMs)),
          (step) => step.rows,
        )) {
          rows = step.rows;
          drifts.push(...step.drifts);
        }
      } catch (error) {
        if (rows === 0) throw error;
        throw await endedEarly(error, `${rows} instances were compared, and ${drifts.length} differences found`);
      } finally {
        stop();
      }
      await print(stdout, json ? toJson(rows, drifts) : drifts.map(describeDrift).join(''));
      if (drifts.length > 0)
        throw new ToolError(`the page index differs from the instances in ${drifts.length} places`);
      if (!json) await print(stdout, `the page index is correct: ${rows} instances\n`);
    });

  return run(program, args, terminal);
}

/** Opens the index that the environment names, with a progress bar that advances with each count from DynamoDB. */
async function open(
  terminal: Terminal,
  client: DynamoDBClient,
  { instancesTable, pageIndexTable }: ReturnType<typeof parseMaintenanceConfig>,
  clock: Clock,
) {
  const signal = terminal.interruption.handle();
  const bar = startBar(terminal, { records: await estimateRows(terminal, client, instancesTable) });
  let [reached, sinceThen] = [0, 0];
  const sender = watchCounts(client, (count) => {
    sinceThen += count;
    bar.count(reached + sinceThen);
  });
  return {
    index: pageIndexOf(limitCalls(pace(sender, UNITS_PER_SECOND, clock)), pageIndexTable, instancesIn(instancesTable)),
    /** Yields steps until an interruption, and shows how many rows each has reached. */
    steps: async function* <Step>(source: AsyncIterable<Step>, rowsOf: (step: Step) => number) {
      for await (const step of untilAborted(source, signal)) {
        [reached, sinceThen] = [rowsOf(step), 0];
        bar.count(reached);
        yield step;
      }
    },
    stop: bar.stop,
  };
}

/** DynamoDB's estimate, up to six hours old, for the bar; undefined without a terminal or permission. */
async function estimateRows({ stderr }: Terminal, client: DynamoDBClient, table: string): Promise<number | undefined> {
  if (!stderr.isTTY) return undefined;
  const output = await client.send(new DescribeTableCommand({ TableName: table })).catch(() => undefined);
  return output?.Table?.ItemCount || undefined; // 0: the table is new and has no estimate yet
}

/** Reports each count: a step counts up to 32 blocks, which may be large, and DynamoDB counts a megabyte per call. */
const watchCounts = (client: DynamoDBClient, counted: (rows: number) => void): Sender => ({
  send: (async (command: Parameters<Sender['send']>[0]) => {
    const output: unknown = await client.send(command);
    if (command instanceof QueryCommand) counted((output as QueryCommandOutput).Count ?? 0);
    return output;
  }) as Sender['send'],
});

const describeDrift = ({ after, recorded = 0, counted }: Drift): string =>
  `${after === undefined ? 'from the first id' : `after id ${after}`}: ${recorded} recorded, ${counted} counted\n`;

const toJson = (instances: number, drifts: readonly Drift[]): string => {
  const list = drifts.map(
    ({ after, recorded = null, counted }) =>
      `{"after":${after === undefined ? null : toJsonNumber(after)},"recorded":${recorded},"counted":${counted}}`,
  );
  return `{"instances":${instances},"drifts":[${list.join(',')}]}\n`;
};

if (require.main === module) runAsProcess(pageIndexTool);
