/** Describes the tables of a tool to the operator before it writes to them. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Terminal } from './cli';
import { print } from './output';
import { printable } from './printable';
import { createRequestHandler } from './requestHandler';
import { findEndpoint } from './toolClient';

/** Announces tables on stderr: `writing to table … (account …, region …, stage …)`. */
export async function announceWrites(
  { stderr }: Terminal,
  client: DynamoDBClient,
  ...tables: readonly string[]
): Promise<void> {
  for (const table of tables) {
    await print(stderr, `writing to ${await describeTable(client, table)}\n`).catch(() => {}); // stderr may be closed
  }
}

/** Describes a table with account, region and stage, or with the endpoint of an emulator. */
export async function describeTable(client: DynamoDBClient, table: string): Promise<string> {
  const stage = /^lambda-instances-api-(.+)-(?:Tokens|Instances|PageIndex)Table-[A-Z0-9]+$/.exec(table)?.[1];
  const places = [...(await placesOf(client, table)), ...(stage ? [`stage ${stage}`] : [])];
  return `table ${printable(table)} (${places.join(', ')})`;
}

async function placesOf(client: DynamoDBClient, table: string): Promise<string[]> {
  const endpoint = await findEndpoint(client);
  if (endpoint?.protocol === 'http:') return [endpoint.origin]; // an emulator: AWS uses TLS
  const [, ownRegion, ownAccount] = /^arn:[^:]+:dynamodb:([^:]+):(\d+):table\//.exec(table) ?? []; // of another account
  const account = ownAccount ?? (await findAccount(client));
  return [
    `account ${account}`,
    `region ${ownRegion ?? (await client.config.region())}`,
    ...(endpoint ? [endpoint.origin] : []),
  ];
}

/** Returns the account of the credentials. This needs no permission, but a private network may have no route to STS. */
async function findAccount({ config }: DynamoDBClient): Promise<string> {
  const { region, credentials } = config;
  const sts = new STSClient({
    region,
    credentials,
    maxAttempts: 1,
    requestHandler: createRequestHandler({ requestTimeout: 5_000 }),
  });
  try {
    const { Account = 'unknown' } = await sts.send(new GetCallerIdentityCommand({}));
    return Account;
  } catch {
    return 'unknown';
  } finally {
    sts.destroy();
  }
}
