import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformSync } from 'esbuild';
import { readSample } from '../infra/local/seed';
import { type LocalServer, startServer } from '../test/localServer';
import { copyProject, type ProjectCopy } from '../test/projectCopy';

const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
const clients = readFileSync(join(__dirname, 'clients.md'), 'utf8');
const examplesIn = (language: string): string[] =>
  [...clients.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, code = '']) => (name === language ? code : []));

const toJavaScript = (code: string): string => transformSync(code, { loader: 'ts', format: 'esm' }).code;
const { instances, tokens } = readSample();
const lines = instances.map(({ id, name }) => `${id} ${name}\n`).join('');

/** Skipped where a program is not there; with REQUIRE_ALL_SUITES in the environment it fails instead. */
function itWith(program: string, name: string, test: () => Promise<void>): void {
  const isThere = spawnSync(program, ['--version']).status === 0;
  if (isThere || process.env.REQUIRE_ALL_SUITES) it(name, test);
  else it.skip(`${name} (skipped: there is no ${program})`, test);
}

describe('an example that callers are shown', () => {
  let project: ProjectCopy;
  let server: LocalServer;

  beforeAll(async () => {
    project = copyProject();
    server = await startServer(project.directory);
  });

  afterAll(async () => {
    await server.interrupt();
    project.remove();
  });

  async function run(program: string, ...args: string[]): Promise<string> {
    const env = { ...process.env, API: server.origin, TOKEN: tokens[0]?.token };
    const { stdout } = await promisify(execFile)(program, args, { cwd: project.directory, env });
    return stdout;
  }

  itWith('curl', 'answers in README.md as it does in truth', async () => {
    const [, command = '', answer] = /^\$ (curl .+)\n(.+)$/m.exec(readme) ?? [];
    expect(await run('sh', '-c', command.replace('http://localhost:3000', server.origin))).toBe(answer);
  });

  const [walk = '', poll = ''] = examplesIn('sh');

  itWith('curl', 'walks all pages with curl', async () => {
    const pages = (await run('sh', '-c', walk))
      .trim()
      .split('\n')
      .map((page) => JSON.parse(page));
    expect(pages.map(({ data }) => data.length)).toEqual([2, 2, 1]);
    expect(pages.flatMap(({ data }) => data)).toEqual(instances);
  });

  itWith('python3', 'walks all pages with Python', async () => {
    expect(await run('python3', '-c', examplesIn('python').join())).toBe(lines);
  });

  itWith('node', 'walks all pages with TypeScript', async () => {
    const code = toJavaScript(examplesIn('ts').join());
    expect(await run('node', '--input-type=module', '--eval', code)).toBe(lines);
  });

  itWith('curl', 'polls with curl', async () => {
    expect(await run('sh', '-c', poll)).toBe('200\n');
    expect(await run('sh', '-c', poll)).toBe('304\n');
    expect(JSON.parse(readFileSync(join(project.directory, 'list.json'), 'utf8'))).toEqual({ data: instances });
  });
});
