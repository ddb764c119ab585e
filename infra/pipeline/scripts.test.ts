import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pipeline-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs a script of this folder with commands that stand for those that it would find. */
function run(script: string, args: string[], commands: Record<string, string>) {
  for (const [name, body] of Object.entries(commands)) {
    writeFileSync(join(directory, name), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  }
  const env = {
    PATH: `${directory}:${process.env.PATH}`,
    GITHUB_ENV: join(directory, 'environment'),
    GITHUB_RUN_ID: '7',
  };
  const { status, stdout, stderr } = spawnSync(join(__dirname, script), args, { env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const NO_STACK = 'echo "An error occurred (ValidationError): Stack with id x does not exist" >&2; exit 254';

describe('deployedTimestamp.sh', () => {
  const aws = (Resources: object) => ({ aws: `echo '${JSON.stringify({ TemplateBody: { Resources } })}'` });
  const running = (S3Key: string) =>
    aws({ ListLambdaInstancesLambdaFunction: { Properties: { Code: { S3Bucket: { Ref: 'B' }, S3Key } } } });

  it('prints the package to roll back to', () => {
    const key =
      'serverless/lambda-instances-api/staging/1795552889056-2026-11-24T20:41:29.056Z/listLambdaInstances.zip';
    expect(run('deployedTimestamp.sh', ['stack'], running(key))).toEqual({
      status: 0,
      stdout: 'timestamp=1795552889056\n',
      stderr: '',
    });
  });

  it.each([
    ['before the first deployment', { aws: NO_STACK }],
    ['if the first deployment failed, and left a stack without functions', aws({ ServerlessDeploymentBucket: {} })],
  ])('prints an empty timestamp %s', (_, commands) => {
    expect(run('deployedTimestamp.sh', ['stack'], commands)).toEqual({ status: 0, stdout: 'timestamp=\n', stderr: '' });
  });

  it.each([
    ['access is denied', { aws: 'echo "AccessDenied" >&2; exit 254' }, 'AccessDenied\n'],
    [
      'the package is not one of the Serverless Framework',
      running('elsewhere.zip'),
      'stack runs elsewhere.zip, which was not packaged by the Serverless Framework\n',
    ],
  ])('fails if %s', (_, commands, stderr) => {
    expect(run('deployedTimestamp.sh', ['stack'], commands)).toEqual({ status: 1, stdout: '', stderr });
  });
});

describe('smokeToken.sh', () => {
  it('masks the token before it exports it', () => {
    const node = `[[ "$*" == 'dist/tools/token.js create --label smoke test 7 --expires 15m --json' ]] &&
      echo '{"token":"lit_x","tokenId":"id-1"}'`;
    expect(run('smokeToken.sh', [], { node })).toEqual({ status: 0, stdout: '::add-mask::lit_x\n', stderr: '' });
    expect(readFileSync(join(directory, 'environment'), 'utf8')).toBe('TOKEN=lit_x\nTOKEN_ID=id-1\n');
  });

  it('fails without a token', () => {
    expect(run('smokeToken.sh', [], { node: 'exit 1' }).status).not.toBe(0);
    expect(run('smokeToken.sh', [], { node: "echo '{}'" }).status).not.toBe(0);
  });
});
