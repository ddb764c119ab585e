/** Creates the tables of infra/aws/tables.yml in an emulator. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  type StreamViewType,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { parse } from 'yaml';

/** The functions' environment variables, and the logical ids of infra/aws/tables.yml that they name. */
const LOGICAL_IDS = {
  TOKENS_TABLE: 'TokensTable',
  INSTANCES_TABLE: 'InstancesTable',
  PAGE_INDEX_TABLE: 'PageIndexTable',
} as const;

/** A name for each table, in the shape of the functions' environment. */
export type TableNames = Readonly<Record<keyof typeof LOGICAL_IDS, string>>;

/** Returns the tables' names from `env`, or else their logical ids. */
export function localTableNames(env: NodeJS.ProcessEnv): TableNames {
  const name = (variable: keyof TableNames) => env[variable] || LOGICAL_IDS[variable];
  return {
    TOKENS_TABLE: name('TOKENS_TABLE'),
    INSTANCES_TABLE: name('INSTANCES_TABLE'),
    PAGE_INDEX_TABLE: name('PAGE_INDEX_TABLE'),
  };
}

/** Creates missing tables, and waits until all are usable. */
export async function createTables(client: DynamoDBClient, names: TableNames): Promise<void> {
  await Promise.all(tableDefinitions(names).map((definition) => createTable(client, definition)));
}

async function createTable(client: DynamoDBClient, definition: CreateTableCommandInput): Promise<void> {
  try {
    await client.send(new CreateTableCommand(definition));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, minDelay: 1, maxWaitTime: 60 }, { TableName: definition.TableName });
}

type LogicalId = (typeof LOGICAL_IDS)[keyof TableNames];
type Template = { Resources: Record<LogicalId, { Properties: TableProperties }> };
type TableProperties = {
  AttributeDefinitions: AttributeDefinition[];
  KeySchema: KeySchemaElement[];
  StreamSpecification?: { StreamViewType: StreamViewType };
};

/** Reads the parts of infra/aws/tables.yml that emulators support: keys, and the stream, which dynalite ignores. */
function tableDefinitions(names: TableNames): CreateTableCommandInput[] {
  const file = join(__dirname, '../aws/tables.yml');
  const template: Template = parse(readFileSync(file, 'utf8'), { logLevel: 'silent' }); // !Ref is not a YAML tag
  return (Object.keys(LOGICAL_IDS) as (keyof TableNames)[]).map((variable) => {
    const { AttributeDefinitions, KeySchema, StreamSpecification } =
      template.Resources[LOGICAL_IDS[variable]].Properties;
    return {
      TableName: names[variable],
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions,
      KeySchema,
      ...(StreamSpecification ? { StreamSpecification: { StreamEnabled: true, ...StreamSpecification } } : {}),
    };
  });
}
