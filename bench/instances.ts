/** CPU from DynamoDB's bytes to the answer's body, as a multiple of `JSON.parse` of the same bytes. */
import { Readable } from 'node:stream';
import { DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { QueryCommand as DocumentQueryCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { HttpResponse } from '@smithy/core/protocols';
import * as bundled from '../infra/lambdaDynamoDb';
import type { Row } from '../lib/dynamodb/partition';
import { parseLambdaInstance, toJson } from '../lib/instances/lambdaInstance';
import { cpuMs, measureInRounds, median } from './rounds';
import { type Cell, printTable } from './table';

const INSTANCES = 100_000;
const ROUNDS = 9;
const ROWS_A_CHUNK = 10_000; // about as many as a megabyte of such rows
const PACKET = 65_536; // bytes that a socket hands over at once
const SETTINGS = { maxAttempts: 1, retryMode: 'standard' } as const;
const QUERY = { TableName: 'instances' };

type Way = {
  readonly name: string;
  readonly keepsDigits: boolean;
  readonly read: (chunks: readonly Buffer[]) => Promise<unknown>;
};

const BASELINE: Way = {
  name: 'JSON.parse, and nothing else',
  keepsDigits: true,
  read: async (chunks) => chunks.map((chunk) => JSON.parse(chunk.toString())),
};

const WAYS: readonly Way[] = [
  BASELINE,
  { name: 'document client', keepsDigits: false, read: (chunks) => readDocuments(chunks, false) },
  { name: 'document client, numbers wrapped', keepsDigits: true, read: (chunks) => readDocuments(chunks, true) },
  {
    name: 'client, our mapping',
    keepsDigits: true,
    read: (chunks) => readRows(chunks, new DynamoDBClient({ requestHandler: answering(chunks) })),
  },
  {
    name: "the bundle's client, our mapping",
    keepsDigits: true,
    read: (chunks) =>
      readRows(chunks, new bundled.DynamoDBClient({ ...SETTINGS, requestHandler: answering(chunks) }), bundled),
  },
];

export async function benchInstances(): Promise<void> {
  Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' });
  const rows: Cell[][] = [];
  for (const [answer, toRow] of [
    ['three attributes', threeAttributes],
    ['all attributes', allAttributes],
  ] as const) {
    const chunks = Array.from({ length: INSTANCES / ROWS_A_CHUNK }, (_, i) => answerOf(i * ROWS_A_CHUNK, toRow));
    const samples = await measureInRounds(WAYS, ROUNDS, ({ read }) => cpuMs(() => read(chunks)));
    const cpuOf = (way: Way): number => median(samples.get(way) ?? []);
    for (const way of WAYS) {
      const ratio = (cpuOf(way) / cpuOf(BASELINE)).toFixed(2);
      rows.push([answer, way.name, way.keepsDigits ? 'yes' : 'no', cpuOf(way), ratio]);
    }
  }
  printTable(
    `${INSTANCES.toLocaleString('en')} instances, from DynamoDB's bytes to the body: medians of ${ROUNDS} rounds`,
    ['answers with', 'way', 'keeps all digits', 'CPU, ms', '÷ JSON.parse'],
    rows,
  );
}

/** With `ProjectionExpression`. */
const threeAttributes = (i: number): Row => ({
  id: { N: String(i) },
  uuid: { N: String(100_000 + i) },
  name: { S: `Lambda Instance ${i}` },
});

/** Without: whatever else other systems keep comes along. */
const allAttributes = (i: number): Row => ({
  collection: { S: 'lambda-instances' },
  ...threeAttributes(i),
  owner: { S: `user-${i % 997}@example.org` },
  status: { N: '1' },
  createdAt: { S: '2026-11-24T19:03:58Z' },
  nodes: { L: ['master', 'worker', 'worker'].map((role) => ({ M: { role: { S: role }, cpus: { N: '4' } } })) },
});

function answerOf(start: number, toRow: (i: number) => Row): Buffer {
  const Items = Array.from({ length: ROWS_A_CHUNK }, (_, i) => toRow(start + i + 1));
  return Buffer.from(JSON.stringify({ Items, Count: ROWS_A_CHUNK, ScannedCount: ROWS_A_CHUNK }));
}

/** An HTTP handler for the SDK that answers with one chunk after the other. */
function answering(chunks: readonly Buffer[]) {
  let next = 0;
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async () => {
      const chunk = chunks[next++] ?? Buffer.alloc(0);
      const packets = Array.from({ length: Math.ceil(chunk.length / PACKET) }, (_, i) =>
        chunk.subarray(i * PACKET, (i + 1) * PACKET),
      );
      return { response: new HttpResponse({ statusCode: 200, headers: {}, body: Readable.from(packets) }) };
    },
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

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

type Client = { send(command: never): Promise<object> };
type Commands = { readonly QueryCommand: new (input: typeof QUERY) => object };

async function readRows(
  chunks: readonly Buffer[],
  client: Client,
  commands: Commands = { QueryCommand },
): Promise<string> {
  const list: string[] = [];
  for (const _ of chunks) {
    const { Items = [] } = (await client.send(new commands.QueryCommand(QUERY) as never)) as QueryCommandOutput;
    list.push(Items.map(parseLambdaInstance).map(toJson).join(','));
  }
  return `{"data":[${list.join(',')}]}`;
}
