import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { copyProject, type ProjectCopy } from '../../test/projectCopy';

const SOURCE = 'handlers/listLambdaInstances.ts';
const LINE = 'const page = parsePage(request.query);';

let project: ProjectCopy;
beforeAll(() => {
  project = copyProject();
});
afterAll(() => project.remove());

const read = (file: string) => readFileSync(join(project.directory, file), 'utf8');

/** Finds where a line of the source is in the bundle, as a debugger does: by the source map. */
function findInBundle(): { map: SourceMap; line: number; column: number } {
  const originalLine = read(SOURCE)
    .split('\n')
    .findIndex((line) => line.includes(LINE));
  const map = new SourceMap(JSON.parse(read('.local/listLambdaInstances.js.map')));
  for (const [line, { length }] of read('.local/listLambdaInstances.js').split('\n').entries()) {
    for (let column = 0; column < length; column += 1) {
      const entry = map.findEntry(line, column);
      if ('originalSource' in entry && entry.originalSource === `../${SOURCE}` && entry.originalLine === originalLine) {
        return { map, line, column };
      }
    }
  }
  throw new Error(`the source map lacks ${SOURCE}:${originalLine + 1}`);
}

/** Run by a Node.js of its own, since jest's global scope lacks WebSocket: prints where it stops, and resumes. */
function stopOnce(url: string, breakpoint: object) {
  const socket = new WebSocket(url);
  let id = 0;
  const send = (method: string, params = {}) => {
    id += 1;
    socket.send(JSON.stringify({ id, method, params }));
  };
  socket.onopen = () => {
    send('Debugger.enable');
    send('Debugger.setBreakpointByUrl', breakpoint);
    send('Runtime.runIfWaitingForDebugger');
  };
  socket.onmessage = ({ data }) => {
    const { method, params } = JSON.parse(data);
    if (method !== 'Debugger.paused' || params.hitBreakpoints.length === 0) return;
    console.log(JSON.stringify(params.callFrames[0].location));
    send('Debugger.resume');
    socket.close();
  };
}

it('stops at a line of TypeScript in npm run invoke -- --inspect', async () => {
  const npm = spawn('npm', ['run', 'invoke', '--silent', '--', '--inspect', '0', 'events/page.json'], {
    cwd: project.directory,
    env: { ...process.env, AWS_ENDPOINT_URL_DYNAMODB: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.all([text(npm.stdout), once(npm, 'close')]);
  let stderr = '';
  for await (const chunk of npm.stderr.iterator({ destroyOnReturn: false })) {
    stderr += chunk;
    if (/ws:\S+\n/.test(stderr)) break;
  }
  npm.stderr.resume();
  const { map, line, column } = findInBundle();
  const breakpoint = { urlRegex: '/listLambdaInstances\\.js$', lineNumber: line, columnNumber: column };
  const program = `(${stopOnce})(${JSON.stringify(/ws:\S+/.exec(stderr)?.[0])}, ${JSON.stringify(breakpoint)})`;
  const flags = Number.parseInt(process.versions.node, 10) < 22 ? ['--experimental-websocket', '--no-warnings'] : [];
  const client = spawn(process.execPath, [...flags, '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { lineNumber, columnNumber } = JSON.parse(await text(client.stdout));
  const stopped = map.findOrigin(lineNumber + 1, columnNumber + 1);
  expect(read(SOURCE).split('\n')[('lineNumber' in stopped ? stopped.lineNumber : 0) - 1]).toContain(LINE);
  const [stdout, [code]] = await ended;
  expect(stdout).toMatch(/^200 OK\n/);
  expect(code).toBe(0);
});
