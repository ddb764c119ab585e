/** `npm run smoke`: checks a deployed API against its contract as a caller, without writing. */
import { type Dispatcher, EnvHttpProxyAgent, fetch } from 'undici';
import { required } from '../../lib/config';
import { authorization, type Call, type Subject, urlOf } from '../../lib/smoke/call';
import { type Finding, reasonOf, runChecks } from '../../lib/smoke/checks';
import { createProgram, run, runAsProcess, type Terminal } from './cli';
import { print } from './output';
import { printable, toJsonLine } from './printable';
import { parsePastedToken } from './tokenInput';
import { ToolError } from './toolError';

const ABOUT = `Checks a deployed API against its contract without writing, in seconds, and shows the differences.
Reads a valid token from the environment variable TOKEN: \`npm run token -- create\` creates one.`;

const TIME_MS = 60_000; // for the whole test

export function smokeTool(args: readonly string[], terminal: Terminal, timeMs = TIME_MS): Promise<number> {
  const program = createProgram('smoke', ABOUT, terminal)
    .argument('<url>', "the API's base URL: the part before /backend/lambda-instances")
    .option('--json', 'print one JSON object per promise')
    .action(async (url: string, { json }: { json?: true }) => {
      const { env, stdout, stderr } = terminal;
      const base = parseBase(url);
      const token = parsePastedToken(required(env, 'TOKEN'), 'TOKEN');
      const signal = AbortSignal.timeout(timeMs);
      const dispatcher = new EnvHttpProxyAgent(); // HTTPS_PROXY, HTTP_PROXY and NO_PROXY
      const subject = { call: overHttp(base, signal, dispatcher), token };
      await print(stderr, `checking ${urlOf({}, base)}\n`);
      try {
        await expectAdmission(subject, base);
        let failed = 0;
        for await (const { promise, differences } of runChecks(subject)) {
          if (signal.aborted)
            throw new ToolError(`${base} took more than ${timeMs / 1000} s; unchecked from "${promise}" on`);
          if (differences.length > 0) failed += 1;
          await print(stdout, (json ? toJson : toText)({ promise, differences }));
        }
        if (failed > 0) throw new ToolError(`${failed} of the API's promises are not kept`);
      } finally {
        await dispatcher.destroy();
      }
    });
  return run(program, args, terminal);
}

const toJson = ({ promise, differences }: Finding): string =>
  toJsonLine({ promise, kept: differences.length === 0, differences });

const toText = ({ promise, differences }: Finding): string =>
  [
    `${differences.length === 0 ? 'ok  ' : 'FAIL'} ${promise}\n`,
    ...differences.map((difference) => `     ${printable(difference)}\n`),
  ].join('');

/**
 * Requests a page, because every check would fail if the API did not answer or the token were invalid.
 *
 * @throws ToolError with the reason in either case
 */
async function expectAdmission({ call, token }: Subject, base: string): Promise<void> {
  const reply = await call({ headers: authorization(token), query: 'limit=1&page=1' }).catch((error: unknown) => {
    throw new ToolError(`${base} does not answer: ${printable(reasonOf(error))}`);
  });
  if (reply.status === 401 && reply.body.includes(':invalid-token"')) {
    throw new ToolError(`${base} refuses the token in TOKEN: it is unknown there, expired or revoked`);
  }
}

/** Does not follow redirects: the token goes only to the named API and to the targets of its links. */
function overHttp(base: string, signal: AbortSignal, dispatcher: Dispatcher): Call {
  return async (request) => {
    const { method = 'GET', headers = {} } = request;
    const url = urlOf(request, base);
    const response = await fetch(url, { method, headers, signal, redirect: 'manual', dispatcher });
    return { status: response.status, headers: new Map(response.headers), body: await response.text(), url };
  };
}

function parseBase(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ToolError('the URL must begin with https:// or http://, as in https://api.example.org');
  }
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/(\/backend\/lambda-instances)?\/?$/, '')}`;
}

if (require.main === module) runAsProcess(smokeTool);
