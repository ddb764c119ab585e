/** `npm run smoke`: whether a deployed API keeps its promises, as far as can be seen without writing. */
import { required } from '../../lib/config';
import { type Call, urlOf } from '../../lib/smoke/call';
import { runChecks } from '../../lib/smoke/checks';
import { createProgram, run, runAsProcess, type Terminal } from './cli';
import { ToolError } from './toolError';

const ABOUT = `Checks a deployed API against its contract without writing, in seconds, and tells what differs.
A live token is read from the environment variable TOKEN; \`npm run token -- create\` makes one.`;

export function smokeTool(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = createProgram('smoke', ABOUT, terminal)
    .argument('<url>', "the API's URL: what stands before /backend/lambda-instances")
    .action(async (url: string) => {
      const { env, stdout } = terminal;
      const call = overHttp(url, AbortSignal.timeout(TIME_MS));
      let failed = 0;
      for await (const { promise, differences } of runChecks({ call, token: parseToken(env) })) {
        stdout.write(`${differences.length === 0 ? 'ok  ' : 'FAIL'} ${promise}\n`);
        for (const difference of differences) stdout.write(`     ${difference}\n`);
        if (differences.length > 0) failed += 1;
      }
      if (failed > 0) throw new ToolError(`${failed} of the API's promises are not kept`);
    });
  return run(program, args, terminal);
}

const TIME_MS = 60_000; // for all of it; what has had no answer by then is told to have none

/** Judged here, since `fetch` would show in its error what it cannot send. */
function parseToken(env: NodeJS.ProcessEnv): string {
  const token = required(env, 'TOKEN');
  if (!/^[!-~]+$/.test(token)) throw new ToolError('TOKEN is no token');
  return token;
}

/** Redirects are not followed: a token goes to the API that was named, and where its own links lead. */
function overHttp(url: string, signal: AbortSignal): Call {
  const base = parseBase(url);
  return async (request) => {
    const { method = 'GET', headers = {} } = request;
    const url = urlOf(request, base);
    const response = await fetch(url, { method, headers, signal, redirect: 'manual' });
    return { status: response.status, headers: new Map(response.headers), body: await response.text(), url };
  };
}

function parseBase(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ToolError(`${url} is no URL such as https://api.example.org`);
  }
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/(\/backend\/lambda-instances)?\/?$/, '')}`;
}

if (require.main === module) runAsProcess(smokeTool);
