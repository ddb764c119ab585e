/** Measures CPU from DynamoDB's bytes to the response body, relative to `JSON.parse` of the same bytes. */
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { QueryCommand as DocumentQueryCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { HttpResponse } from '@smithy/core/protocols';
import type { Exchange } from '../lib/dynamodb/exchange';
import * as bundled from '../lib/dynamodb/leanClient';
import type { Row } from '../lib/dynamodb/partition';
import type { Sender } from '../lib/dynamodb/session';
import { parseLambdaInstance, toJson } from '../lib/instances/lambdaInstance';
import { listInstances } from '../lib/instances/listInstances';
import { openSource } from '../lib/instances/source';
import { ListBody } from '../lib/listApi/listBody';
import { writeList } from '../lib/listApi/writeList';
import { cpuMs, measureInRounds, median } from './rounds';
import { type Cell, printTable } from './table';

const INSTANCES = 100_000;
const ROUNDS = 9;
const ROWS_A_CHUNK = 10_000; // about 1 MB of such rows
const PACKET = 65_536; // bytes per chunk of a socket
const SETTINGS = { maxAttempts: 1, requestHandler: { requestTimeout: 3_000 } };
const QUERY = { TableName: 'instances' };

type Way = {
  readonly name: string;
  readonly read: (chunks: readonly Buffer[]) => Promise<unknown>;
};

const BASELINE: Way = {
  name: 'JSON.parse alone',
  read: async (chunks) => chunks.map((chunk) => JSON.parse(chunk.toString())),
};

const WAYS: readonly Way[] = [
  BASELINE,
  { name: 'document client', read: (chunks) => readDocuments(chunks, false) },
  { name: 'document client, numbers wrapped', read: (chunks) => readDocuments(chunks, true) },
  {
    name: 'client, our mapping',
    read: (chunks) => readRows(chunks, new DynamoDBClient({ requestHandler: answering(chunks) })),
  },
  { name: "the bundle's client, our mapping", read: (chunks) => readRows(chunks, bundledClient(chunks)) },
  { name: 'deployed: the same, each key and size checked, and an ETag', read: readAsDeployed },
];

export async function benchInstances(): Promise<void> {
  Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' });
  const rows: Cell[][] = [];
  for (const [answer, toRow] of [
    ['three attributes', threeAttributes],
    ['all attributes', allAttributes],
  ] as const) {
    const chunks = Array.from({ length: INSTANCES / ROWS_A_CHUNK }, (_, i) => answerOf(rowsOf(i, toRow)));
    const samples = await measureInRounds(WAYS, ROUNDS, ({ read }) => cpuMs(() => read(chunks)));
    const cpuOf = (way: Way): number => median(samples.get(way) ?? []);
    for (const way of WAYS) {
      const ratio = (cpuOf(way) / cpuOf(BASELINE)).toFixed(2);
      rows.push([answer, way.name, (await keepsDigits(way)) ? 'yes' : 'no', cpuOf(way), ratio]);
    }
  }
  printTable(
    `${INSTANCES.toLocaleString('en')} instances, from DynamoDB's bytes to the body: medians of ${ROUNDS} rounds`,
    ['answers with', 'way', 'keeps all digits', 'CPU, ms', '÷ JSON.parse'],
    rows,
  );
}

const DIGITS = '12345678901234567890123456789012345678'; // DynamoDB's maximum

async function keepsDigits({ read }: Way): Promise<boolean> {
  const row = { id: { N: DIGITS }, uuid: { N: DIGITS }, name: { S: '' } };
  const listed = await read([answerOf([row])]).catch(() => undefined); // some ways throw
  return (JSON.stringify(listed) ?? '').split(DIGITS).length > 2;
}

/** With `ProjectionExpression`. */
const threeAttributes = (i: number): Row => ({
  id: { N: String(i) },
  uuid: { N: String(100_000 + i) },
  name: { S: `Instance ${i}` },
});

/** Without it: includes other systems' attributes. */
const allAttributes = (i: number): Row => ({
  collection: { S: 'lambda-instances' },
  ...threeAttributes(i),
  owner: { S: `user-${i % 997}@example.org` },
  status: { N: '1' },
  createdAt: { S: '2026-11-24T19:03:58Z' },
  nodes: { L: ['master', 'worker', 'worker'].map((role) => ({ M: { role: { S: role }, cpus: { N: '4' } } })) },
});

const rowsOf = (chunk: number, toRow: (i: number) => Row): Row[] =>
  Array.from({ length: ROWS_A_CHUNK }, (_, i) => toRow(chunk * ROWS_A_CHUNK + i + 1));

function answerOf(Items: readonly Row[]): Buffer {
  const id = Items.at(-1)?.id;
  const LastEvaluatedKey = id?.N === String(INSTANCES) || id?.N === DIGITS ? undefined : { id };
  return Buffer.from(JSON.stringify({ Items, Count: Items.length, ScannedCount: Items.length, LastEvaluatedKey }));
}

/** An HTTP handler for the SDK that returns one chunk after the other. */
function answering(chunks: readonly Buffer[]) {
  let next = 0;
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async () => {
      const body = Readable.from(packetsOf(chunks[next++]));
      return { response: new HttpResponse({ statusCode: 200, headers: {}, body }) };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

/** The same for the bundle's client. */
function exchanging(chunks: readonly Buffer[]): Exchange {
  let next = 0;
  return async () => ({ status: 200, headers: {}, text: await text(Readable.from(packetsOf(chunks[next++]))) });
}

const packetsOf = (chunk: Buffer = Buffer.alloc(0)): Buffer[] =>
  Array.from({ length: Math.ceil(chunk.length / PACKET) }, (_, i) => chunk.subarray(i * PACKET, (i + 1) * PACKET));

async function readDocuments(chunks: readonly Buffer[], wrapNumbers: boolean): Promise<string> {
  const client = new DynamoDBClient({ requestHandler: answering(chunks) });
  const documents = DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers } });
  const list: string[] = [];
  for (const _ of chunks) {
    const { Items = [] } = await documents.send(new DocumentQueryCommand(QUERY));
    const toText = ({ uuid, name, id }: Record<string, { value: string }>) =>
      wrapNumbers
        ? `{"uuid":${uuid?.value},"name":${JSON.stringify(name)},"id":${id?.value}}`
        : JSON.stringify({ uuid, name, id });
    list.push(Items.map(toText).join(','));
  }
  return `{"data":[${list.join(',')}]}`;
}

async function readRows(chunks: readonly Buffer[], client: Sender): Promise<string> {
  const list: string[] = [];
  for (const _ of chunks) {
    const { Items = [] }: QueryCommandOutput = await client.send(new QueryCommand(QUERY));
    list.push(Items.map(parseLambdaInstance).map(toJson).join(','));
  }
  return `{"data":[${list.join(',')}]}`;
}

function bundledClient(chunks: readonly Buffer[]): Sender {
  const client = new bundled.DynamoDBClient(SETTINGS, exchanging(chunks));
  const send = (command: QueryCommand) => client.send(new bundled.QueryCommand(command.input));
  return { send: send as Sender['send'] };
}

async function readAsDeployed(chunks: readonly Buffer[]): Promise<unknown> {
  const body = new ListBody('http-api', undefined);
  const tables = { instancesTable: QUERY.TableName, pageIndexTable: undefined, readConcurrency: 1 };
  const source = openSource(bundledClient(chunks), tables, { timeMs: 0 });
  return (await writeList(undefined, listInstances(undefined, source), body, Number.POSITIVE_INFINITY)).body.content;
}
