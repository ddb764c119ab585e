/** `npm run invoke -- events/<name>.json …`: shows the built function's responses to events, with the sample rows. */
import { Command } from 'commander';
import { parseConfig, parseLogLevel } from '../../lib/config';
import { openDatabase } from './database';
import { describeContradiction, readEvent } from './event';
import { runOrExplain } from './explain';
import { buildFunctions, bundleOf } from './functions';
import { createLambda } from './lambda';
import { openPageIndex } from './pageIndex';
import { jsonLog, readableLog } from './requestLog';
import { readRoutedFunctions } from './routes';
import { showAnswer } from './showAnswer';
import { inspectOption, seedOption } from './startOptions';
import { localTableNames } from './tables';

type Options = { readonly function: string; readonly seed: boolean; readonly inspect?: number };

const program = new Command('npm run invoke --')
  .description("Shows the built function's responses to events, with an embedded DynamoDB and sample rows.")
  .argument('[file...]', 'JSON files, each with one event, such as events/page.json; - is standard input')
  .option('-f, --function <name>', 'the function of serverless.yml to invoke', 'listLambdaInstances')
  .addOption(seedOption())
  .addOption(inspectOption('wait until a debugger attaches at this port of localhost'))
  .addHelpText('after', '\nAnswers go to stdout, the function’s log to stderr.')
  .showHelpAfterError('(npm passes only options after --, as in npm run invoke -- --help)')
  .action((files: string[], options: Options) => runOrExplain(() => invokeAll(files, options)));

async function invokeAll(given: readonly string[], options: Options): Promise<void> {
  const { env, stdin, stderr, stdout } = process;
  if (given.length === 0 && stdin.isTTY) return program.help({ error: true });
  const files = given.length > 0 ? given : ['-'];
  const found = readRoutedFunctions().find(({ name }) => name === options.function);
  if (!found) throw new Error(`serverless.yml has no function ${options.function}`);
  parseConfig({ ...env, ...localTableNames(env) });
  const isQuiet = parseLogLevel(env) !== 'info';
  const events = await Promise.all(files.map(async (file) => ({ file, event: await readEvent(file, stdin) })));

  await buildFunctions();
  const database = await openDatabase(env, { seed: options.seed });
  await openPageIndex(database);
  const log = stderr.isTTY ? readableLog(stderr, { colors: stderr.hasColors(), isQuiet }) : jsonLog(stderr, stderr);
  const lambda = createLambda(bundleOf(found.name), {
    environment: { ...env, ...database.environment },
    timeoutMs: found.timeoutMs,
    log: log.write,
    inspectPort: options.inspect,
    waitsForDebugger: true,
  });
  for (const { file, event } of events) {
    const contradiction = describeContradiction(event);
    if (contradiction) stderr.write(`${file}: ${contradiction}\n`);
    if (events.length > 1) stdout.write(`== ${file}\n`);
    await lambda.invoke(event).then(
      (answer) => stdout.write(`${showAnswer(answer)}\n`),
      (error) => {
        stderr.write(`${error.stack ?? error}\n`);
        process.exitCode = 1;
      },
    );
  }
  await lambda.stop();
  await database.stop();
}

program.parse();
