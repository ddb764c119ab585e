/** `npm run invoke -- events/<name>.json [function]`: what the built function answers to an event, over the sample rows. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { openDatabase } from './database';
import { runOrExplain } from './explain';
import { buildFunctions } from './functions';
import { createLambda } from './lambda';
import { openPageIndex } from './pageIndex';
import { readRoutedFunctions } from './routes';
import { showAnswer } from './showAnswer';

async function invoke(file?: string, functionName = 'listLambdaInstances'): Promise<void> {
  if (!file) throw new Error('Usage: npm run invoke -- events/<name>.json [function]');
  const event: unknown = parseEvent(file);
  const found = readRoutedFunctions().find(({ bundle }) => basename(bundle, '.js') === functionName);
  if (!found) throw new Error(`serverless.yml has no function ${functionName}`);

  await buildFunctions();
  const database = await openDatabase(process.env);
  await openPageIndex(database);
  const lambda = createLambda(found.bundle, {
    environment: { ...process.env, ...database.environment },
    timeoutMs: found.timeoutMs,
    log: (text) => process.stderr.write(text),
  });
  console.log(showAnswer(await lambda.invoke(event)));
  await lambda.stop();
  await database.stop();
}

function parseEvent(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

const [file, functionName] = process.argv.slice(2);
runOrExplain(() => invoke(file, functionName));
