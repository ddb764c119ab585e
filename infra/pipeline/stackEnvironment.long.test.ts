import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { awsCli, describeWithAwsCli } from '../../test/awsCli';
import { listenOnLocalhost } from '../local/listen';

const SCRIPT = join(__dirname, 'stackEnvironment.sh');
const STACK = 'lambda-instances-api-staging';
const OUTPUTS = {
  Other: 'x',
  TokensTableName: 'the-tokens',
  InstancesTableName: 'the-instances',
  PageIndexTableName: 'the-index',
  HttpApiUrl: 'https://x.execute-api.eu-central-1.amazonaws.com',
};

let directory: string;
let standIn: Awaited<ReturnType<typeof listenOnLocalhost>>;
let outputs: Readonly<Record<string, string>>;
let regions: unknown[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stack-'));
  outputs = OUTPUTS;
  regions = [];
  standIn = await listenOnLocalhost(0, async (request, response) => {
    const called = new URLSearchParams(await text(request));
    regions.push(/\/\d{8}\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1]);
    const isKnown = called.get('Action') === 'DescribeStacks' && called.get('StackName') === STACK;
    response.writeHead(isKnown ? 200 : 400, { 'content-type': 'text/xml' }).end(isKnown ? stackXml() : NO_STACK);
  });
  // An AWS CLI of 2022 ignores an endpoint in the environment.
  const command = `#!/bin/bash\nexec '${awsCli}' --endpoint-url 'http://127.0.0.1:${standIn.port}' "$@"\n`;
  writeFileSync(join(directory, 'aws'), command, { mode: 0o755 });
});

afterEach(() => {
  standIn.close();
  rmSync(directory, { recursive: true });
});

const stackXml = () => `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
  <DescribeStacksResult><Stacks><member>
    <StackName>${STACK}</StackName>
    <StackId>arn:aws:cloudformation:eu-central-1:123456789012:stack/${STACK}/1</StackId>
    <CreationTime>2026-11-26T00:00:00Z</CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus>
    <Outputs>${Object.entries(outputs)
      .map(([name, value]) => `<member><OutputKey>${name}</OutputKey><OutputValue>${value}</OutputValue></member>`)
      .join('')}</Outputs>
  </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;
const NO_STACK = `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>
  <Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></ErrorResponse>`;

/** Runs a command with invalid credentials. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const environment = {
    PATH: `${directory}:${process.env.PATH}`,
    HOME: directory,
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nothing',
    AWS_REGION: 'eu-central-1',
    ...env,
  };
  return new Promise<{ status: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(command, args, { env: environment }, (error, stdout, stderr) =>
      resolve({ status: error ? error.code : 0, stdout, stderr }),
    );
  });
}

/** Activates this stage in a shell in which another one is active. */
const inShell = (stack: string, env: NodeJS.ProcessEnv = {}) =>
  run(
    'bash',
    [
      '-c',
      `eval "$('${SCRIPT}' --shell '${stack}')"; echo "$? $AWS_REGION $AWS_DEFAULT_REGION"; env | grep -E '_TABLE|_URL' | sort`,
    ],
    {
      TOKENS_TABLE: 'former',
      API_URL: 'https://former.example.org',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:8000',
      ...env,
    },
  );

const OUTPUT_FORMATS = [undefined, 'json', 'text', 'table', 'yaml'];

describeWithAwsCli('stackEnvironment.sh', () => {
  it.each(OUTPUT_FORMATS)('prints tables and URL with every output format of the AWS CLI: %s', async (format) => {
    const { status, stdout, stderr } = await run(SCRIPT, [STACK], { AWS_DEFAULT_OUTPUT: format });
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout:
        'TOKENS_TABLE=the-tokens\nINSTANCES_TABLE=the-instances\nPAGE_INDEX_TABLE=the-index\n' +
        'API_URL=https://x.execute-api.eu-central-1.amazonaws.com\n',
      stderr: `active: ${STACK} in eu-central-1, account 123456789012\n`,
    });
  });

  it.each([
    [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' }, 'eu-west-1'],
    [{ AWS_REGION: undefined, AWS_DEFAULT_REGION: 'us-east-1' }, 'us-east-1'],
  ])('uses the same region as the tools: %o', async (env, region) => {
    expect((await run(SCRIPT, [STACK], env)).status).toBe(0);
    expect(regions).toEqual([region]);
  });

  it('makes a stage the active one of a shell, with its region, and prints it', async () => {
    const { stdout, stderr } = await inShell(STACK, { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'us-east-1' });
    expect(stdout.split('\n')).toEqual([
      '0 eu-central-1 eu-central-1',
      'API_URL=https://x.execute-api.eu-central-1.amazonaws.com',
      'INSTANCES_TABLE=the-instances',
      'PAGE_INDEX_TABLE=the-index',
      'TOKENS_TABLE=the-tokens',
      '',
    ]);
    expect(stderr).toBe(`active: ${STACK} in eu-central-1, account 123456789012\n`);
  });

  it('does not execute text in an output', async () => {
    outputs = { ...OUTPUTS, TokensTableName: "x'; echo smuggled; '$(echo smuggled)" };
    const { stdout } = await inShell(STACK);
    expect(stdout).toContain("TOKENS_TABLE=x'; echo smuggled; '$(echo smuggled)\n");
    expect(stdout).not.toMatch(/^smuggled/m);
  });

  it.each([
    ['there is no such stack', 'elsewhere', OUTPUTS, /does not exist/],
    ['an output is missing', STACK, { ...OUTPUTS, HttpApiUrl: undefined }, /staging has no output HttpApiUrl/],
    ['there is no stack named', '', OUTPUTS, /./],
  ])('prints nothing, and leaves no stage active, if %s', async (_, stack, { HttpApiUrl, ...others }, reason) => {
    outputs = HttpApiUrl === undefined ? others : { ...others, HttpApiUrl };
    const { status, stdout, stderr } = await run(SCRIPT, [stack]);
    expect([status === 0, stdout]).toEqual([false, '']);
    expect(stderr).toMatch(reason);
    expect((await inShell(stack)).stdout).toBe('1 eu-central-1 \n');
  });

  it('reads outputs that the template has', () => {
    const template = readFileSync(join(__dirname, '../aws/tables.yml'), 'utf8');
    for (const name of ['TokensTableName', 'InstancesTableName', 'PageIndexTableName']) {
      expect(template).toContain(`\n  ${name}:\n`); // HttpApiUrl is osls's own
    }
  });
});
