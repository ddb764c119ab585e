/** Runs the examples that callers are shown, unchanged, against the local server. */
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
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
const TOKEN = String(tokens[0]?.token);
const [curlWalk = '', poll = ''] = examplesIn('sh');

const WALKERS: readonly (readonly [program: string, args: readonly string[]])[] = [
  ['curl', ['sh', '-c', curlWalk]],
  ['python3', ['python3', '-c', examplesIn('python').join()]],
  ['node', ['node', '--input-type=module', '--eval', toJavaScript(examplesIn('ts').join())]],
];

/** Skipped where a program is missing; with REQUIRE_ALL_SUITES in the environment it fails instead. */
function itWith(program: string, name: string, test: () => Promise<void>): void {
  const isThere = spawnSync(program, ['--version']).status === 0;
  if (isThere || process.env.REQUIRE_ALL_SUITES) it(name, test);
  else it.skip(`${name} (skipped: there is no ${program})`, test);
}

describe('an example that callers are shown', () => {
  let project: ProjectCopy;
  let server: LocalServer;
  let client: DynamoDBClient;
  let front: Awaited<ReturnType<typeof startFront>>;

  beforeAll(async () => {
    project = copyProject();
    front = await startFront();
    server = await startServer(project.directory, { PUBLIC_BASE_URL: front.origin });
    front.forwardTo(server.origin);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new DynamoDBClient({ endpoint: server.databaseEndpoint, region: 'eu-central-1', credentials });
  });

  beforeEach(() => front.reset());

  afterAll(async () => {
    client.destroy();
    await server.interrupt();
    front.stop();
    project.remove();
  });

  async function run([program = '', ...args]: readonly string[], api = front.origin): Promise<string> {
    const env = { ...process.env, API: api, TOKEN };
    const { stdout } = await promisify(execFile)(program, args, { cwd: project.directory, env });
    return stdout;
  }

  const key = (id: number) => ({ collection: { S: 'lambda-instances' }, id: { N: String(id) } });
  const put = (id: number) =>
    client.send(new PutItemCommand({ TableName: 'InstancesTable', Item: { ...key(id), uuid: { N: '1' } } }));
  const remove = (id: number) => client.send(new DeleteItemCommand({ TableName: 'InstancesTable', Key: key(id) }));

  /** Returns the ids that an example printed: curl prints responses, the others a line for each instance. */
  const idsIn = (output: string): number[] =>
    [...output.matchAll(/"id":(-?[\d.]+)|^(-?[\d.]+) /gm)].map(([, inAnswer, inLine]) => Number(inAnswer ?? inLine));

  itWith('curl', 'answers in README.md as it does in truth', async () => {
    const [, command = '', answer] = /^\$ (curl .+)\n(.+)$/m.exec(readme) ?? [];
    expect(await run(['sh', '-c', command.replace('http://localhost:3000', server.origin)])).toBe(answer);
  });

  describe.each(WALKERS)('with %s', (program, command) => {
    itWith(program, 'walks all pages', async () => {
      expect(idsIn(await run(command))).toEqual(instances.map(({ id }) => id));
      expect(front.pages()).toBe(3);
    });

    itWith(program, 'shows each instance that exists throughout exactly once, while others write', async () => {
      front.beforeEach(async (page) => {
        if (page === 2) await Promise.all([put(0), put(2), remove(1), put(6)]); // before and after its position
        if (page === 3) await Promise.all([remove(0), remove(3), remove(6)]);
        if (page === 4) await put(1);
      });
      const ids = idsIn(await run(command));
      for (const id of [0, 2, 6]) await remove(id);
      await Promise.all(instances.map(({ id, uuid, name }) => restore(Number(id), Number(uuid), String(name))));
      expect([...new Set(ids)]).toEqual(ids);
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      expect(ids).toEqual(expect.arrayContaining([4, 5, 7]));
    });

    itWith(program, 'shows an instance whose name looks like the end of the walk', async () => {
      await restore(2, 1, 'urn:problem-type:lambda-instances:no-instances');
      const ids = idsIn(await run(command));
      await remove(2);
      expect(ids).toEqual([1, 2, 3, 4, 5, 7]);
    });

    itWith(program, 'waits and tries again when it is throttled, or DynamoDB is not available', async () => {
      front.failFirst([
        [429, {}],
        [503, { 'retry-after': '1' }],
      ]);
      expect(idsIn(await run(command))).toEqual(instances.map(({ id }) => id));
    });

    itWith(program, 'resolves links that are relative', async () => {
      front.makeLinksRelative();
      expect(idsIn(await run(command))).toEqual(instances.map(({ id }) => id));
    });

    itWith(program, 'shows nothing of an empty collection, and ends well', async () => {
      await Promise.all(instances.map(({ id }) => remove(Number(id))));
      const output = await run(command);
      await Promise.all(instances.map(({ id, uuid, name }) => restore(Number(id), Number(uuid), String(name))));
      expect(output).toBe('');
    });

    itWith(program, 'fails with the problem if the URL is wrong', async () => {
      await expect(run(command, `${front.origin}/x/backend/lambda-instances/x?`)).rejects.toMatchObject({
        stderr: expect.stringContaining('urn:problem-type:lambda-instances:not-found'),
      });
    });

    itWith(program, 'keeps the token out of the process list', async () => {
      let list = '';
      front.beforeEach(async () => {
        list += (await promisify(execFile)('ps', ['-eo', 'args'], { maxBuffer: 2 ** 24 })).stdout;
      });
      await run(command);
      expect(list).toContain(program);
      expect(list).not.toContain(TOKEN);
    });
  });

  const restore = (id: number, uuid: number, name: string) =>
    client.send(
      new PutItemCommand({
        TableName: 'InstancesTable',
        Item: { ...key(id), uuid: { N: String(uuid) }, name: { S: name } },
      }),
    );

  describe('polling with curl', () => {
    const list = () => JSON.parse(readFileSync(join(project.directory, 'list.json'), 'utf8'));
    const pollTwice = async () => {
      front.reset();
      for (const _ of 'ab') await run(['sh', '-c', poll]);
      return front.statuses();
    };

    itWith('curl', 'gets the list once', async () => {
      rmSync(join(project.directory, 'etag.txt'), { force: true });
      expect(await pollTwice()).toEqual([200, 304]);
      expect(list()).toEqual({ data: instances });
    });

    itWith('curl', 'keeps the list and its entity tag if a request fails', async () => {
      await pollTwice();
      front.failFirst([
        [503, { 'retry-after': '1' }],
        [200, { etag: 'W/"cut"', 'content-length': '99', connection: 'close' }],
      ]);
      await expect(run(['sh', '-c', poll])).rejects.toMatchObject({ code: 1, stderr: '{"message":"x"}' });
      await expect(run(['sh', '-c', poll])).rejects.toMatchObject({ stderr: expect.stringMatching(/^curl: \(18\) /) });
      expect(list()).toEqual({ data: instances });
      expect(await pollTwice()).toEqual([304, 304]);
    });
  });
});

/** A proxy in front of the API, with which a test writes, or fails an answer, before a page is read. */
async function startFront() {
  let target = '';
  let pages = 0;
  let statuses: number[] = [];
  let act: (page: number) => Promise<unknown> = async () => {};
  let failures: (readonly [status: number, headers: Record<string, string>])[] = [];
  let isRelative = false;

  const server = createServer(async (request, response: ServerResponse) => {
    const failure = failures.shift();
    if (failure) return response.writeHead(...failure).end('{"message":"x"}');
    pages += 1;
    await act(pages);
    const headers = {
      authorization: request.headers.authorization ?? '',
      'if-none-match': request.headers['if-none-match'] ?? '',
    };
    const answer = await fetch(target + request.url, { headers });
    statuses.push(answer.status);
    const link = answer.headers.get('link');
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? '',
      ...(answer.headers.has('etag') ? { etag: answer.headers.get('etag') ?? '' } : {}),
      ...(link ? { link: isRelative ? link.replaceAll(/<[^?>]*/g, '<') : link } : {}),
    });
    response.end(await answer.text());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    forwardTo: (origin: string) => {
      target = origin;
    },
    beforeEach: (action: typeof act) => {
      act = action;
    },
    failFirst: (list: typeof failures) => {
      failures = [...list];
    },
    makeLinksRelative: () => {
      isRelative = true;
    },
    pages: () => pages,
    statuses: () => statuses,
    reset: () => {
      [pages, statuses, act, failures, isRelative] = [0, [], async () => {}, [], false];
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
