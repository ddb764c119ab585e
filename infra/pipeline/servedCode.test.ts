import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from './runScript.testing';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zips-'));
  for (const name of ['checkRelease', 'listLambdaInstances']) writeFileSync(join(folder, `${name}.zip`), name);
});
afterEach(() => rmSync(folder, { recursive: true }));

const digestOf = (text: string) => createHash('sha256').update(text).digest('base64');

/** Runs the script for functions with this code and an alias with this configuration. */
const run = (list: string, check: string, alias: object = { FunctionVersion: '7' }) =>
  runScript(
    'servedCode.sh',
    ['stack', folder],
    [
      ['lambda get-alias --function-name stack-listLambdaInstances --name live', alias],
      ['--function-name stack-listLambdaInstances --qualifier 7', { CodeSha256: digestOf(list) }],
      ['--function-name stack-checkRelease --qualifier $LATEST', { CodeSha256: digestOf(check) }],
    ],
  );

describe('servedCode.sh', () => {
  it('succeeds if each function serves its zip', () => {
    expect(run('listLambdaInstances', 'checkRelease')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('listLambdaInstances: version 7 serves'),
    });
    expect(run('listLambdaInstances', 'checkRelease', { FunctionVersion: '7', RoutingConfig: {} }).status).toBe(0);
  });

  it.each([
    [
      'the alias leads to other code',
      'older',
      'checkRelease',
      undefined,
      'listLambdaInstances: version 7 serves other code',
    ],
    [
      'a function without an alias has other code',
      'listLambdaInstances',
      'older',
      undefined,
      'checkRelease: version $LATEST',
    ],
    [
      'traffic is shared',
      'listLambdaInstances',
      'checkRelease',
      { FunctionVersion: '7', RoutingConfig: { AdditionalVersionWeights: { 8: 0.1 } } },
      'traffic is shared between versions',
    ],
  ])('fails if %s', (_, list, check, alias, message) => {
    expect(run(list, check, alias)).toMatchObject({ status: 1, stderr: expect.stringContaining(message) });
  });

  it('fails if AWS is unreachable', () => {
    expect(runScript('servedCode.sh', ['stack', folder], []).status).not.toBe(0);
  });
});
