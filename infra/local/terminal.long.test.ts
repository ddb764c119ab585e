/** What `npm start` prints on a terminal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { hasPseudoTerminals, type Running, startInTerminal } from '../../test/commandLine';
import { copyProject, type ProjectCopy } from '../../test/projectCopy';
import { createClient, databaseEnvironment } from './database';
import { readSample } from './seed';
import { localTableNames } from './tables';

const HANDLER = 'handlers/listLambdaInstances.ts';
const LINE = 'const page = parsePage(request.query);';
const SERVING = /^(http:\S+)\/backend\S*, with DynamoDB at (\S+) /m;
const headers = { 'x-api-key': String(readSample().tokens[0]?.token) };

const describeInTerminal = hasPseudoTerminals() ? describe : describe.skip;

describeInTerminal('npm start on a terminal', () => {
  let project: ProjectCopy;
  let running: Running;
  let list: string;
  let greeting: string;

  const printed = () => stripVTControlCharacters(running.output()).replaceAll('\r\n', '\n');

  async function start(...options: readonly string[]): Promise<void> {
    running = startInTerminal(`cd '${project.directory}' && npm start --silent -- --port 0 ${options.join(' ')}`);
    await running.printed(/^curl .*\r\n/m);
    greeting = printed();
    list = `${SERVING.exec(greeting)?.[1]}/backend/lambda-instances`;
  }

  /** Sends a request, and returns what is printed from then on until it matches. */
  async function request(url: string, init: RequestInit, pattern: RegExp): Promise<string> {
    const { length } = printed();
    await (await fetch(url, init)).text();
    await running.printed(pattern);
    return printed().slice(length);
  }

  beforeEach(() => {
    project = copyProject();
  });

  afterEach(async () => {
    running.process.stdin?.write('\x03'); // Ctrl-C
    await running.ended;
    project.remove();
  });

  it('prints a readable line for each request', async () => {
    await start();
    const page = await request(`${list}?limit=2&page=2`, { headers }, /page=2.*\r\n/);
    expect(page).toMatch(/^GET \/backend\/lambda-instances\?limit=2&page=2 200 \d+ ms · \d reads · \d(\.5)? RU\n$/);
    const refused = await request(list, { method: 'HEAD' }, /HEAD.*\r\n/);
    expect(refused).toMatch(/^HEAD \/backend\/lambda-instances 401 [\d.]+ ms\n$/);
  });

  it('prints warnings below their request', async () => {
    await start();
    const client = createClient(databaseEnvironment(String(SERVING.exec(greeting)?.[2]), localTableNames({})));
    const Item = { collection: { S: 'lambda-instances' }, id: { N: '9' }, name: { S: 'Damaged' } };
    await client.send(new PutItemCommand({ TableName: 'InstancesTable', Item }));
    client.destroy();
    const text = await request(list, { headers }, /warn: .*\r\n/);
    expect(text).toMatch(/^GET \/backend\/lambda-instances 200 .* RU\n {2}warn: .*9.*\n$/);
  });

  it('prints errors below their request, with the TypeScript file and line', async () => {
    const path = join(project.directory, HANDLER);
    const source = readFileSync(path, 'utf8');
    const line = source.split('\n').findIndex((text) => text.includes(LINE)) + 1;
    writeFileSync(path, source.replace(LINE, "throw new TypeError('planted');"));
    await start();
    const text = await request(list, { headers }, /planted[\s\S]*listLambdaInstances\.ts:.*\r\n/);
    expect(text).toMatch(/^GET \/backend\/lambda-instances 500 .*\n {2}error: .*\n {4}TypeError: planted\n/);
    expect(text).toMatch(new RegExp(`^ {8}at .*\\(?${HANDLER}:${line}:\\d+\\)?$`, 'm'));
  });

  it('prints the lines of CloudWatch with --json', async () => {
    await start('--json');
    const text = await request(list, { headers }, /"message":"request".*\r\n/);
    expect(JSON.parse(text)).toMatchObject({ level: 'info', message: 'request', status: 200 });
  });
});
