import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { copyProject, type ProjectCopy } from '../../test/projectCopy';

/** Prints `clock` whenever it reads its clock, which is a file, and what each rebuild made or reported. */
const WATCH = `
  const { readFileSync } = require('node:fs');
  const { bundleOf, watchFunctions } = require('./infra/local/functions');
  const now = () => {
    console.log('clock');
    return Number(readFileSync('clock', 'utf8'));
  };
  const report = ({ errors }) =>
    console.log(errors[0] ?? /whole|half/.exec(readFileSync(bundleOf('listLambdaInstances'), 'utf8'))[0]);
  watchFunctions(report, now).then(() => console.log('watching'));
`;

const SOURCE = 'handlers/listLambdaInstances.ts';
const START_MS = Date.now() + 86_400_000; // no file of the copy is as new

describe('watchFunctions', () => {
  let project: ProjectCopy;
  let node: ChildProcess;
  beforeEach(() => {
    project = copyProject();
  });
  afterEach(() => {
    node.kill();
    project.remove();
  });

  /** Replaces a file as a whole, with the modification time `ms`. */
  function replace(file: string, text: string, ms: number): void {
    const path = join(project.directory, file);
    writeFileSync(`${path}.new`, text);
    utimesSync(`${path}.new`, new Date(), new Date(ms));
    renameSync(`${path}.new`, path);
  }

  it.each([
    ['builds', 'export const handler = () => "half";'],
    ['does not build', 'export const handler = () => "wh'],
  ])('skips a file that is still being saved, if its first half %s', async (_case, half) => {
    replace('clock', String(START_MS), START_MS);
    const child = spawn(process.execPath, ['-r', 'esbuild-register', '-e', WATCH], {
      cwd: project.directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    node = child;
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async (): Promise<string> => (await lines.next()).value;
    while ((await next()) !== 'watching');

    replace(SOURCE, half, START_MS - 50);
    let printed = 'clock';
    for (let i = 0; i < 6 && printed === 'clock'; i += 1) printed = await next(); // twice a build: three builds
    expect(printed).toBe('clock');
    replace(SOURCE, 'export const handler = () => "whole";', START_MS);
    replace('clock', String(START_MS + 1_000), START_MS);
    while (printed === 'clock') printed = await next();
    expect(printed).toBe('whole');
  });
});
