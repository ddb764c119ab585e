/** `npm start`: the API on http://localhost:3000 (`PORT`), over an embedded DynamoDB or that at `AWS_ENDPOINT_URL_DYNAMODB`. */
import type { RequestListener } from 'node:http';
import { withReference } from '../docs/serve';
import { whenOrphaned } from '../orphan';
import { openDatabase } from './database';
import { runOrExplain } from './explain';
import { watchFunctions } from './functions';
import { createGateway } from './gateway';
import { listenOnLocalhost } from './listen';
import { keepAuditing, openPageIndex } from './pageIndex';
import { readSample } from './seed';

async function start(): Promise<void> {
  let listener: RequestListener = (_request, response) => response.writeHead(503, { 'retry-after': '1' }).end();
  const { port } = await listenOnLocalhost(parsePort(process.env.PORT), (request, response) =>
    listener(request, response),
  );
  const origin = `http://localhost:${port}`;

  const database = await openDatabase(process.env);
  const { environment } = database;
  const pageIndex = await openPageIndex(database);
  const gateway = createGateway({ ...process.env, PUBLIC_BASE_URL: origin, ...environment });
  await watchFunctions(gateway.reload);
  const token = readSample().tokens[0]?.token ?? '';
  listener = withReference(gateway.listener, token);
  if (pageIndex) keepAuditing(pageIndex);

  console.log(`${origin}/backend/lambda-instances, with DynamoDB at ${environment.AWS_ENDPOINT_URL_DYNAMODB}`);
  console.log(`${origin}/docs is the reference, with requests to try`);
  console.log(`export ${toExport(environment)} # for npm run token, instances and page-index`);
  console.log(`curl -H "Authorization: Token ${token}" "${origin}/backend/lambda-instances"`);
}

/** What another terminal lacks to find the same tables; what this one was given may be secret, and is not shown. */
const toExport = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .flatMap(([name, value]) => (value && value !== process.env[name] ? `${name}=${value}` : []))
    .join(' ');

function parsePort(text = '3000'): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`PORT is "${text}", which is no port`);
  return port;
}

whenOrphaned(() => process.exit());
runOrExplain(start);
