import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Running, start } from '../../test/commandLine';
import { copyProject, type ProjectCopy } from '../../test/projectCopy';
import { readSample } from './seed';

const SOURCE = 'handlers/listLambdaInstances.ts';
const LINE = 'const page = parsePage(request.query);';
const headers = { 'x-api-key': String(readSample().tokens[0]?.token) };

let project: ProjectCopy;
let debuggers: ChildProcess[];
beforeEach(() => {
  project = copyProject();
  debuggers = [];
});
afterEach(() => {
  for (const each of debuggers) each.kill();
  project.remove();
});

const read = (file: string) => readFileSync(join(project.directory, file), 'utf8');
const startNpm = (args: string): Running => start(`cd '${project.directory}' && exec npm ${args}`);

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

/** Runs in a separate Node.js process, since jest's global scope lacks WebSocket: prints `ready`, then where it stops. */
function stopOnce(url: string, breakpoint: object) {
  const socket = new WebSocket(url);
  let id = 0;
  const send = (method: string, params = {}) => {
    id += 1;
    socket.send(JSON.stringify({ id, method, params }));
    return id;
  };
  let isSet = 0;
  socket.onopen = () => {
    send('Debugger.enable');
    isSet = send('Debugger.setBreakpointByUrl', breakpoint);
    send('Runtime.runIfWaitingForDebugger');
  };
  socket.onmessage = ({ data }) => {
    const { id: answered, method, params } = JSON.parse(data);
    if (answered === isSet) console.log('ready');
    if (method !== 'Debugger.paused' || params.hitBreakpoints.length === 0) return;
    console.log(JSON.stringify(params.callFrames[0].location));
    send('Debugger.resume');
    socket.close();
  };
}

/** Attaches to the last inspector that `running` has printed, with a breakpoint at LINE; resolves to the text of the line that it stops at. */
async function attach(running: Running): Promise<{ stoppedAt: Promise<string | undefined> }> {
  const { map, line, column } = findInBundle();
  const breakpoint = { urlRegex: '/listLambdaInstances\\.js$', lineNumber: line, columnNumber: column };
  const url = running
    .output()
    .match(/ws:\S+/g)
    ?.at(-1);
  const program = `(${stopOnce})(${JSON.stringify(url)}, ${JSON.stringify(breakpoint)})`;
  const flags = Number.parseInt(process.versions.node, 10) < 22 ? ['--experimental-websocket', '--no-warnings'] : [];
  const client = spawn(process.execPath, [...flags, '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  debuggers.push(client);
  const lines = createInterface(client.stdout)[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe('ready');
  const stop = async () => {
    const { lineNumber, columnNumber } = JSON.parse((await lines.next()).value);
    const stopped = map.findOrigin(lineNumber + 1, columnNumber + 1);
    return read(SOURCE).split('\n')[('lineNumber' in stopped ? stopped.lineNumber : 0) - 1];
  };
  return { stoppedAt: stop() };
}

it('stops at a line of TypeScript in npm run invoke -- --inspect', async () => {
  const running = startNpm('run invoke --silent -- --inspect 0 events/page.json');
  await running.printed(/ws:\S+\n/);
  const { stoppedAt } = await attach(running);
  expect(await stoppedAt).toContain(LINE);
  const { exitCode, stdout } = await running.ended;
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^200 OK\n/) });
});

it('stops at a line of TypeScript in the first request to npm start -- --inspect, and after a rebuild', async () => {
  const running = startNpm('start --silent -- --inspect 0 --port 0');
  await running.printed(/^curl .*\n/m);
  const list = /^(http:\S+), with/m.exec(running.output())?.[1] ?? '';
  await running.printed(/ws:\S+\n/);
  for (const rebuilt of [/ws:[\s\S]*^rebuilt in .*\n[\s\S]*ws:\S+\n/m, undefined]) {
    const { stoppedAt } = await attach(running);
    const answer = fetch(list, { headers });
    expect(await stoppedAt).toContain(LINE);
    expect((await answer).status).toBe(200);
    if (!rebuilt) continue;
    appendFileSync(join(project.directory, SOURCE), '\nconsole.log();\n');
    await running.printed(rebuilt);
  }
  running.process.kill('SIGKILL');
  await running.ended;
});
