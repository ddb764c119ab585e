/** Measures the calls to DynamoDB per request, and how many are sequential, with the built function. */

import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { databaseEnvironment } from '../infra/local/database';
import { COLLECTION, instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { recount } from '../lib/pageIndex/upkeep/recount';
import { hashToken } from '../lib/tokens/verify';
import { type BuiltFunction, loadFunction } from '../test/builtFunction';
import { EVENT_FORMATS } from '../test/events';
import { integers } from '../test/keys';
import { rebuildAll } from '../test/rebuildAll';
import { SimulatedDynamo } from '../test/simulatedDynamo';
import { TABLES } from '../test/tables';
import { type Cell, printTable } from './table';
import { type RoundTrips, serveInTurns } from './turns';

const ROWS = instancesIn(TABLES.INSTANCES_TABLE);
const ROW_BYTES = 57;
const TOKEN = 'tJ3b3f32f23ceuqdoS';

export type Request = { readonly name: string; readonly rows: number; readonly query: string };

export const REQUESTS: readonly Request[] = [
  { name: 'the first page', rows: 60_000, query: 'limit=25&page=1' },
  { name: 'the last page, by an index of one level', rows: 60_000, query: 'limit=25&page=2400' },
  { name: 'the last page, by an index of two levels', rows: 1_000_000, query: 'limit=25&page=40000' },
  {
    name: 'the last page but one, after the page before it',
    rows: 1_000_000,
    query: 'limit=25&page=39999&after=999950',
  },
  { name: 'everything: 3.4 MB, four segments at once', rows: 60_000, query: '' },
];

/** What the process and DynamoDB know of the token. */
const TOKEN_STATES = [
  'never seen',
  'seen before',
  'seen with this request',
  'seen with this request, before an insertion in front',
  'unknown to DynamoDB',
] as const;
export type TokenState = (typeof TOKEN_STATES)[number];

export async function benchRoundTrips(): Promise<void> {
  const rows: Cell[][] = [];
  for (const request of REQUESTS) {
    const collection = await openCollection(request.rows);
    for (const token of TOKEN_STATES) {
      const { calls, turns, readUnits } = await ask(collection, request.query, token);
      rows.push([request.name, request.rows, token, calls, turns, readUnits]);
    }
    await collection.stop();
  }
  printTable(
    `A request, including its token, with rows of ${ROW_BYTES} bytes (simulated)`,
    ['asked for', 'rows', 'token', 'calls', 'in sequence', 'read units'],
    rows,
  );
}

export type Collection = Awaited<ReturnType<typeof openCollection>>;

/** Serves a simulated DynamoDB over HTTP: instances with the ids 1 to `size`, their page index and a live token. */
export async function openCollection(size: number) {
  const toRow = (id: string) => ({ collection: { S: COLLECTION }, id: { N: id }, uuid: { N: id } });
  const dynamo = new SimulatedDynamo({ rows: ROWS, keys: integers(size), toRow, rowBytes: ROW_BYTES });
  const sender = dynamo.connect();
  const Item = { tokenHash: { S: hashToken(TOKEN) } };
  await sender.send(new PutItemCommand({ TableName: TABLES.TOKENS_TABLE, Item }));
  const index = pageIndexOf(sender, TABLES.PAGE_INDEX_TABLE, ROWS);
  await rebuildAll(index);
  let last = 1;
  /** Inserts a row before all others and counts it, as the maintainer would. */
  const insertInFront = async () => {
    last -= 1;
    await sender.send(new PutItemCommand({ TableName: ROWS.table, Item: toRow(String(last)) }));
    await recount(index, [String(last)]);
  };
  return { ...(await serveInTurns(sender)), insertInFront };
}

/** @throws Error if the status is neither `status` nor the token's */
export async function ask(
  { endpoint, take, insertInFront }: Collection,
  query: string,
  token: TokenState,
  { coding = '', status: expected = token === 'unknown to DynamoDB' ? 401 : 200 } = {},
): Promise<RoundTrips> {
  const list = loadFunction('listLambdaInstances', databaseEnvironment(endpoint, TABLES));
  const isKnown = token !== 'unknown to DynamoDB';
  if (token === 'seen before') await invoke(list, 'limit=1&page=1', TOKEN);
  if (token.startsWith('seen with this request')) await invoke(list, query, TOKEN, coding);
  if (token.endsWith('in front')) await insertInFront();
  take();
  const status = await invoke(list, query, isKnown ? TOKEN : `${TOKEN}x`, coding);
  await list.stop();
  if (status !== expected) throw new Error(`${query} was answered with ${status}`);
  return take();
}

async function invoke(list: BuiltFunction, query: string, token: string, coding = ''): Promise<unknown> {
  const headers = { Authorization: `Token ${token}`, 'Accept-Encoding': coding };
  const event = EVENT_FORMATS[0]?.toEvent({ query, headers });
  return ((await list.invoke(event)) as { statusCode: unknown }).statusCode;
}
