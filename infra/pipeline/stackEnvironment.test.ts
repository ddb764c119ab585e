/** With a stand-in for the AWS CLI; stackEnvironment.long.test.ts has the real one. */
import { runScript } from './runScript.testing';

const OUTPUTS = {
  TokensTableName: 'the-tokens',
  InstancesTableName: 'the-instances',
  PageIndexTableName: 'the-index',
  HttpApiUrl: 'https://x.example',
};

const run = (args: readonly string[], outputs: Readonly<Record<string, string>>) => {
  const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  const StackId = 'arn:aws:cloudformation:eu-central-1:123456789012:stack/s/1';
  return runScript('stackEnvironment.sh', args, [
    ['cloudformation describe-stacks --stack-name s', { Stacks: [{ StackId, Outputs }] }],
  ]);
};

describe('stackEnvironment.sh', () => {
  it('prints the tables and the URL of a stack', () => {
    expect(run(['s'], OUTPUTS)).toMatchObject({
      status: 0,
      stdout:
        'TOKENS_TABLE=the-tokens\nINSTANCES_TABLE=the-instances\nPAGE_INDEX_TABLE=the-index\nAPI_URL=https://x.example\n',
      stderr: 'active: s in eu-central-1, account 123456789012\n',
    });
  });

  it('prints commands that unset the previous stage of a shell before they set the new one', () => {
    const { stdout } = run(['--shell', 's'], OUTPUTS);
    expect(stdout).toMatch(/^unset TOKENS_TABLE INSTANCES_TABLE .*\n(export \w+='.*'\n){6}$/);
  });

  it('leaves no stage active if an output is missing', () => {
    const { HttpApiUrl: _, ...others } = OUTPUTS;
    const { status, stdout, stderr } = run(['--shell', 's'], others);
    expect([status === 0, stdout]).toEqual([false, expect.stringMatching(/^unset .*\nfalse\n$/)]);
    expect(stderr).toContain('s has no output HttpApiUrl');
  });
});
