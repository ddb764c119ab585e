/** `npm start`: serves the API and its reference on this machine. */
import type { RequestListener } from 'node:http';
import { parseConfig, parseLogLevel } from '../../lib/config';
import { withReference } from '../docs/serve';
import { whenOrphaned } from '../orphan';
import { openDatabase } from './database';
import { runOrExplain } from './explain';
import { type Rebuild, watchFunctions } from './functions';
import { createGateway, withKnownHost } from './gateway';
import { createHostCheck } from './hosts';
import { listenOnHost, listenOnLocalhost } from './listen';
import { keepAuditing, openPageIndex } from './pageIndex';
import { jsonLog, readableLog } from './requestLog';
import { readSample } from './seed';
import { parseStartOptions } from './startOptions';
import { describeStart } from './startText';
import { localTableNames } from './tables';

async function start(): Promise<void> {
  const { env, stdout, stderr } = process;
  const { port: wanted, host, json, seed, inspect } = parseStartOptions(process.argv.slice(2), env);
  const { publicBaseUrl } = parseConfig({ ...env, ...localTableNames(env) });
  const isQuiet = parseLogLevel(env) !== 'info';

  let listener: RequestListener = (_request, response) => response.writeHead(503, { 'retry-after': '1' }).end();
  const listen: RequestListener = (request, response) => listener(request, response);
  const { port } = await (host ? listenOnHost(host, wanted, listen) : listenOnLocalhost(wanted, listen));
  const origin = originOf(host, port);

  const isReadable = stdout.isTTY && !json;
  const log = isReadable ? readableLog(stdout, { colors: stdout.hasColors(), isQuiet }) : jsonLog(stdout, stderr);
  const say = (text: string) => (isReadable ? stdout : stderr).write(`${text}\n`); // stdout is reserved for the function's log

  const database = await openDatabase(env, { seed });
  const pageIndex = await openPageIndex(database);
  const environment = { ...env, ...database.environment };
  const gateway = createGateway({ environment, log, inspectPort: inspect });
  await watchFunctions(reporter(gateway.reload, say));
  gateway.reload(); // a debugger can attach before the first request
  const token = database.isSeeded ? readSample().tokens[0]?.token : undefined;
  const isKnown = createHostCheck(
    [host, publicBaseUrl && new URL(publicBaseUrl).hostname].flatMap((name) => name ?? []),
  );
  listener = withKnownHost(
    withReference(gateway.listener, { ...(publicBaseUrl ? { server: publicBaseUrl } : {}), token }),
    isKnown,
    log,
  );
  if (pageIndex) keepAuditing(pageIndex);

  say(describeStart({ origin, host, token, database, isEmbedded: !env.AWS_ENDPOINT_URL_DYNAMODB }));
}

/** Returns the origin for browsers on this machine; `0.0.0.0` and `::` include localhost. */
function originOf(host: string | undefined, port: number): string {
  const isAny = host === undefined || host === '0.0.0.0' || host === '::';
  return `http://${isAny ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;
}

function reporter(reload: () => void, say: (text: string) => void) {
  let hasFailed = false;
  return ({ errors, durationMs }: Rebuild) => {
    if (errors.length > 0) {
      say([...errors, 'serving the last successful build until this is fixed'].join('\n'));
    } else {
      reload();
      say(`${hasFailed ? 'fixed: ' : ''}rebuilt in ${durationMs} ms`);
    }
    hasFailed = errors.length > 0;
  };
}

whenOrphaned(() => process.exit());
runOrExplain(start);
