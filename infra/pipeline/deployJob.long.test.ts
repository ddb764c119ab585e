import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type LocalServer, startServer } from '../../test/localServer';
import { type Database, openDatabase } from '../local/database';
import { readSample } from '../local/seed';
import { parseWorkflow } from './workflowRules.testing';

jest.setTimeout(600_000); // ms: packages are installed, and a machine may be busy

const root = join(__dirname, '../..');

/** Returns the script of a workflow's only step that contains this text. */
function script(workflow: string, job: string, part: string): string {
  const text = readFileSync(join(root, '.github/workflows', workflow), 'utf8');
  const found = parseWorkflow(text).jobs[job]?.steps?.flatMap(({ run }) => (run?.includes(part) ? [run] : [])) ?? [];
  expect(found).toHaveLength(1);
  return String(found[0]);
}

let directory: string;
let database: Database;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'deploy-job-'));
  database = await openDatabase({});
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin/gh'), `#!/bin/bash\necho "$*" >>'${directory}/verified'\n`, { mode: 0o755 });
});
afterAll(async () => {
  await database.stop();
  rmSync(directory, { recursive: true });
});

/** A checkout of the project with the output of `npm run build`, without packages. */
function checkOut(name: string): string {
  const checkout = join(directory, name);
  for (const part of [
    '.github',
    'serverless.yml',
    'package.json',
    'package-lock.json',
    'infra',
    'lib',
    'docs',
    'dist',
  ]) {
    const filter = (path: string) => basename(path) !== 'node_modules';
    cpSync(join(root, part), join(checkout, part), { recursive: true, filter });
  }
  return checkout;
}

/** Runs a step as GitHub does; returns what it has written to GITHUB_OUTPUT and GITHUB_ENV. */
function run(step: string, cwd: string, env: NodeJS.ProcessEnv = {}) {
  const [GITHUB_OUTPUT, GITHUB_ENV] = [join(directory, 'output'), join(directory, 'env')];
  for (const file of [GITHUB_OUTPUT, GITHUB_ENV]) writeFileSync(file, '');
  const { PATH, HOME } = process.env;
  const { status, output } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', step], {
    cwd,
    env: { PATH: `${directory}/bin:${PATH}`, HOME, GITHUB_OUTPUT, GITHUB_ENV, CI: 'true', ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'], // bash reads ~/.bashrc if its input is a socket
  });
  return {
    status,
    output: output.join(''),
    written: readFileSync(GITHUB_OUTPUT, 'utf8') + readFileSync(GITHUB_ENV, 'utf8'),
  };
}

describe('the deploying job', () => {
  let checkout: string;
  let built: string;
  let DIGESTS: string;
  beforeAll(() => {
    built = checkOut('built');
    symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'));
    const packaged = run(script('release.yml', 'build', 'digests'), built);
    expect(packaged).toMatchObject({ status: 0 });
    DIGESTS = packaged.written.replace(/^digests<<END\n/, '').replace(/END\n$/, '');

    checkout = checkOut('deployed');
    expect(run(script('deploy.yml', 'deploy', 'npm ci'), checkout)).toMatchObject({ status: 0 });
    const STAGE = 'production';
    const rendered = run(script('deploy.yml', 'deploy', 'serverless package'), checkout, { STAGE });
    expect(rendered).toMatchObject({ status: 0 });
  });

  const compare = () =>
    run(script('deploy.yml', 'deploy', 'sha256sum'), checkout, { DIGESTS, GITHUB_REPOSITORY: 'a/b', BUILDER: 'c' });

  it('creates the tested zips, with only osls', () => {
    expect(DIGESTS.match(/(?<= {2}).*/g)).toEqual([
      'package/auditPageIndex.zip',
      'package/checkRelease.zip',
      'package/listLambdaInstances.zip',
      'package/maintainPageIndex.zip',
      'dist/tools/pageIndex.js',
      'dist/tools/smoke.js',
      'dist/tools/token.js',
    ]);
    expect(compare()).toMatchObject({ status: 0 });
    const verified = readFileSync(join(directory, 'verified'), 'utf8');
    expect(verified.match(/(?<=^attestation verify )\S+/gm)).toEqual(DIGESTS.match(/(?<= {2}).*/g));
  });

  it.each(['token', 'pageIndex', 'smoke'])('fails if the tool %s is not the one that was tested', (name) => {
    const tool = join(checkout, `dist/tools/${name}.js`);
    const tested = readFileSync(tool);
    appendFileSync(tool, '\n');
    expect(compare()).toMatchObject({
      status: 1,
      output: expect.stringContaining(`dist/tools/${name}.js: FAILED`),
    });
    writeFileSync(tool, tested);
  });

  it('builds the page index, and creates and revokes a token, without any package', () => {
    rmSync(join(checkout, 'infra/pipeline/node_modules'), { recursive: true });
    const tool = (part: string, env = {}) =>
      run(script('deploy.yml', 'deploy', part), checkout, { ...database.environment, ...env });
    expect(tool('pageIndex.js')).toMatchObject({ status: 0 });
    const { status, written } = tool('smokeToken.sh');
    expect(status).toBe(0);
    const [, TOKEN_ID] = /^TOKEN=lit_\w+\nTOKEN_ID=(\S+)\n$/.exec(written) ?? [];
    expect(tool('token.js revoke', { TOKEN_ID })).toMatchObject({ status: 0 });
    const listed = run('node dist/tools/token.js list --json', checkout, database.environment).output;
    expect(listed).toContain(`"tokenId":"${TOKEN_ID}"`);
  });

  it('returns the URL of the stage, for which the reference is written', () => {
    const outputs = ['TokensTableName', 'InstancesTableName', 'PageIndexTableName', 'HttpApiUrl'].map((OutputKey) => ({
      OutputKey,
      OutputValue: OutputKey === 'HttpApiUrl' ? 'https://abc.execute-api.eu-central-1.amazonaws.com' : OutputKey,
    }));
    const Stacks = [{ StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/s/1', Outputs: outputs }];
    const aws = join(directory, 'bin/aws');
    writeFileSync(aws, `#!/bin/bash\necho '${JSON.stringify({ Stacks })}'\n`, { mode: 0o755 });
    const described = run(script('deploy.yml', 'deploy', 'stackEnvironment.sh'), checkout, { STACK: 's' });
    rmSync(aws);
    const urls = described.written.match(/(?<=^API_URL=).*/gm) ?? [];
    expect(urls).toHaveLength(2); // in GITHUB_ENV and in GITHUB_OUTPUT
    const written = run(script('reference.yml', 'reference', 'npm run docs'), built, { API_URL: urls[1] });
    expect(written).toMatchObject({ status: 0 });
    expect(readFileSync(join(built, 'site/openapi.yaml'), 'utf8')).toContain(`url: ${urls[0]}\n`);
  });

  describe('smoke test', () => {
    let api: LocalServer;
    beforeAll(async () => {
      api = await startServer(root);
    });
    afterAll(() => api.interrupt());

    it('runs without any package', () => {
      const TOKEN = readSample().tokens[0]?.token;
      const step = script('deploy.yml', 'deploy', 'smoke.js');
      expect(run(step, checkout, { TOKEN, API_URL: api.origin })).toMatchObject({
        status: 0,
        output: expect.stringMatching(/^(ok {3}.*\n){9}/),
      });
    });
  });
});
