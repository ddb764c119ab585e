/** What `npm start` prints once it serves: where, over which tables, and what to paste. */
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
  const use = isEmbedded ? 'in memory' : database.isSeeded ? 'seeded with what was missing' : UNTOUCHED;
  return [
    ...(host
      ? [`warning: all who reach ${host} can use this server${token ? ' with its public sample token' : ''}`]
      : []),
    `${origin}/backend/lambda-instances, with DynamoDB at ${endpoint} (${use})`,
    `${origin}/docs is the reference, with requests to try`,
    '',
    `For npm run token, instances and page-index in another terminal${database.isSeeded ? '' : ', beside your credentials'}:`,
    `export ${toExport(database)}`,
    '',
    `curl -H "Authorization: Token ${token ?? '$TOKEN'}" "${origin}/backend/lambda-instances"`,
  ].join('\n');
}

const UNTOUCHED = 'not on this machine: no table is created, seeded or audited; --seed does all three';

/**
 * Names all that the tools need to find the same tables. Emulators ask for credentials but check none: what was given
 * may be secret, and is not shown.
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

/** As every shell reads it back. */
const quoted = (value: string): string =>
  /^[\w./:@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
