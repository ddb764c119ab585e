/** Describes the running server: its URLs, its tables, and commands to paste. */
import type { Database } from './database';

export type Started = {
  readonly origin: string;
  readonly host: string | undefined;
  /** The sample token, if it is in the tables. */
  readonly token: string | undefined;
  readonly database: Pick<Database, 'environment' | 'isSeeded'>;
  readonly isEmbedded: boolean;
};

export function describeStart({ origin, host, token, database, isEmbedded }: Started): string {
  const { AWS_ENDPOINT_URL_DYNAMODB: endpoint } = database.environment;
  const use = isEmbedded ? 'in memory' : database.isSeeded ? 'with sample rows in empty tables' : UNTOUCHED;
  return [
    ...(host
      ? [`warning: everyone who can reach ${host} can use this server${token ? ' with its public sample token' : ''}`]
      : []),
    `${origin}/backend/lambda-instances, with DynamoDB at ${endpoint} (${use})`,
    `${origin}/docs is the reference, with requests to try`,
    '',
    `For npm run token, instances and page-index in another terminal${database.isSeeded ? '' : ', in addition to your credentials'}:`,
    `export ${toExport(database)}`,
    '',
    `curl -H "Authorization: Token ${token ?? '$TOKEN'}" "${origin}/backend/lambda-instances"`,
  ].join('\n');
}

const UNTOUCHED = 'not on this machine: no table is created, seeded or audited; --seed does all three';

/**
 * Returns the variables with which the tools find the same tables. Emulators need credentials but do not check them, so
 * given ones, which may be secret, are not shown.
 */
function toExport({ environment, isSeeded }: Started['database']): string {
  const { TOKENS_TABLE, INSTANCES_TABLE, PAGE_INDEX_TABLE, AWS_ENDPOINT_URL_DYNAMODB, AWS_REGION } = environment;
  const found = { TOKENS_TABLE, INSTANCES_TABLE, PAGE_INDEX_TABLE, AWS_ENDPOINT_URL_DYNAMODB, AWS_REGION };
  const { AWS_ACCESS_KEY_ID } = environment;
  const credentials = isSeeded ? { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: 'local' } : {};
  return Object.entries({ ...found, ...credentials })
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(' ');
}

/** Quotes a value for any shell. */
const quoted = (value: string): string =>
  /^[\w./:@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
