/** The built function, with faults between it and DynamoDB. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, databaseEnvironment } from '../infra/local/database';
import { startEmbedded } from '../infra/local/emulator';
import { createTables } from '../infra/local/tables';
import { instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { type ReceivedAnswer, receive } from '../test/answers';
import { createCertificate } from '../test/certificate';
import { ALL, INSTANCES } from '../test/documented';
import { EVENT_FORMATS, type EventFormat } from '../test/events';
import { type Fault, type FaultProxy, startFaultProxy } from '../test/faultProxy';
import * as faults from '../test/faults';
import { type FunctionProcess, startFunction } from '../test/functionProcess';
import { expectDescribed } from '../test/openapi';
import { rebuildAll } from '../test/rebuildAll';
import { putInstances, putToken, TABLES } from '../test/tables';
import { startTlsFront, type TlsFront } from '../test/tlsFront';

const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';
/** Valid too, each for one test: the first request with a token reads nothing beside its check. */
const UNSEEN = ['unseen-1', 'unseen-2', 'unseen-3', 'unseen-4'];
const [HTTP_API] = EVENT_FORMATS as [EventFormat];

const range = (size: number): number[] => Array.from({ length: size }, (_, i) => i);
const large = range(30).map((i) => ({ id: { N: String(i) }, uuid: { N: '1' }, notes: { S: 'x'.repeat(100_000) } }));

/** Faults that pass by themselves when the call is made again, as the SDK does. */
const RETRIED: Readonly<Record<string, Fault>> = {
  throttled: faults.throttled,
  'failing inside': faults.failing,
  'not there, says a gateway': faults.unavailable,
  'cut off before the answer': faults.cutBeforeAnswer,
  'cut off within the answer': faults.cutWithinBody,
};

/** Answers that are not DynamoDB's: nobody can know whether the next one would be. */
const GARBLED: Readonly<Record<string, Fault>> = {
  'an answer that ends too early': faults.truncated,
  'an answer that is not HTTP': faults.notHttp,
  'a page of HTML': faults.garbled(200, '<html>Welcome to the hotel</html>'),
  'a page of HTML for an error': faults.garbled(400, '<html>Bad Request</html>'),
  'an error without a name': faults.garbled(400, '{}'),
  'an error of a name that is no text': faults.garbled(400, '{"__type":7}'),
  'an error of a name that is no exception': faults.garbled(400, '{"__type":"hello"}'),
  'an error without a body': faults.garbled(400, ''),
  'a redirect': faults.garbled(302, '{}'),
  nothing: faults.garbled(200, ''),
  'an empty object': faults.garbled(200, '{}'),
  null: faults.garbled(200, 'null'),
  'a list': faults.garbled(200, '[]'),
  text: faults.garbled(200, '"text"'),
  'brackets without end': faults.garbled(200, '['.repeat(100_000)),
  'rows of other types': faults.garbled(200, '{"Item":7,"Items":[null],"Count":1}'),
};

const emulator = startEmbedded();
let proxy: FaultProxy;
let api: FunctionProcess;
let indexed: FunctionProcess;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  const direct = databaseEnvironment((await emulator).endpoint, TABLES);
  const client = createClient(direct);
  await createTables(client, direct);
  await createTables(client, { ...direct, INSTANCES_TABLE: 'large' });
  await putInstances(client, 'instances', INSTANCES);
  await putInstances(client, 'large', large);
  for (const token of [TOKEN, ...UNSEEN]) await putToken(client, 'tokens', token);
  await rebuildAll(pageIndexOf(client, 'page-index', instancesIn('instances')));
  client.destroy();
  proxy = await startFaultProxy((await emulator).endpoint);
  environment = { ...direct, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint, PAGE_INDEX_TABLE: '' };
  api = startFunction('listLambdaInstances', environment);
  indexed = startFunction('listLambdaInstances', { ...environment, PAGE_INDEX_TABLE: 'page-index' });
});

afterEach(() => proxy.heal());

afterAll(async () => {
  await Promise.all([api.stop(), indexed.stop()]);
  await proxy.stop();
  await (await emulator).stop();
});

type Asked = ReceivedAnswer & { readonly isInTime: boolean };

async function ask({ query = '', remainingMs = 20_000, host = api, token = TOKEN } = {}): Promise<Asked> {
  const event = HTTP_API.toEvent({ query, headers: { Authorization: `Token ${token}` } });
  const { response, isInTime } = await host.measure(event, remainingMs);
  expectDescribed(response, { method: 'GET' });
  expect(response.body).not.toMatch(/secret-table|Exception|127\.0\.0\.1/);
  return { ...receive(response), isInTime };
}

const isUnavailable = { status: 503, headers: { 'retry-after': '1', 'cache-control': 'no-store' } };

describe.each(['tokens', 'instances'])('when DynamoDB, asked for %s, is', (table) => {
  afterEach(async () => {
    proxy.heal();
    expect(await ask()).toMatchObject({ status: 200, text: ALL }); // as if nothing had been
  });

  it.each(Object.entries(RETRIED))('%s once, the answer is right all the same', async (_, fault) => {
    proxy.inject({ table, fault, times: 1 });
    expect(await ask()).toMatchObject({ status: 200, text: ALL });
  });

  it.each(Object.entries(RETRIED))('%s for good, the answer is 503 in good time', async (_, fault) => {
    proxy.inject({ table, fault });
    expect(await ask({ remainingMs: 800 })).toMatchObject({ ...isUnavailable, isInTime: true });
  });

  it.each(Object.entries(GARBLED))('answering with %s, the answer is 503', async (_, fault) => {
    proxy.inject({ table, fault });
    expect(await ask()).toMatchObject(isUnavailable);
  });

  it.each([
    ['before its answer', faults.hanging],
    ['within its answer', faults.hangingWithinBody],
    ['for longer than there is time', faults.delayed(60_000)],
  ])('hanging %s, the answer is 503 within the time of the invocation', async (_, fault) => {
    proxy.inject({ table, fault });
    expect(await ask({ remainingMs: 400 })).toMatchObject({ ...isUnavailable, isInTime: true });
  });

  it.each([0, 1])('asked with %d ms left, the answer is 503 or right', async (remainingMs) => {
    expect([200, 503]).toContain((await ask({ remainingMs })).status);
  });

  it('late, but not too late, the answer is right', async () => {
    proxy.inject({ table, fault: faults.delayed(50) });
    expect(await ask()).toMatchObject({ status: 200, text: ALL });
  });

  it.each([
    ['denied', faults.denied, 'AccessDeniedException'],
    ['missing', faults.missingTable, 'ResourceNotFoundException'],
  ])('%s, the answer is 500, and no call is made twice', async (_, fault) => {
    proxy.calls.length = 0;
    proxy.inject({ table, fault });
    expect(await ask()).toMatchObject({ status: 500, headers: { 'cache-control': 'no-store' } });
    expect(proxy.calls.filter((call) => call.table === table)).toHaveLength(1);
  });
});

describe('when DynamoDB', () => {
  it.each(Object.entries(faults.CONTRADICTORY))('answers a query with %s, the answer is 503', async (_, fault) => {
    proxy.inject({ operation: 'Query', fault });
    expect(await ask()).toMatchObject(isUnavailable);
    expect(await ask({ query: 'limit=6&page=1' })).toMatchObject(isUnavailable);
  });

  it('answers with the row of another token, the answer is 503', async () => {
    const Item = { tokenHash: { S: 'f'.repeat(64) } };
    proxy.inject({ table: 'tokens', fault: faults.edited((answer) => ({ ...answer, Item })) });
    expect(await ask()).toMatchObject(isUnavailable);
  });

  it('cannot say whether a token that was never seen is known, nothing else is asked', async () => {
    proxy.calls.length = 0;
    proxy.inject({ table: 'tokens', fault: faults.failing });
    expect(await ask({ host: indexed, token: 'never-seen', query: 'limit=2&page=2' })).toMatchObject(isUnavailable);
    expect(new Set(proxy.calls.map(({ table }) => table))).toEqual(new Set(['tokens']));
  });

  it('is asked for a token that is not known, it is asked once, and for nothing else', async () => {
    proxy.calls.length = 0;
    expect(await ask({ host: indexed, token: 'never-seen', query: 'limit=2&page=2' })).toMatchObject({ status: 401 });
    expect(proxy.calls).toEqual([{ operation: 'GetItem', table: 'tokens' }]);
  });

  it('throttles for good, the answer waits no longer than a few attempts take', async () => {
    proxy.calls.length = 0;
    proxy.inject({ table: 'instances', fault: faults.throttled });
    expect(await ask()).toMatchObject(isUnavailable);
    expect(proxy.calls.filter(({ table }) => table === 'instances')).toHaveLength(3);
  });

  it('hangs once, before an answer or within one, the call is made again, and the answer is right', async () => {
    proxy.inject({ table: 'tokens', fault: faults.hanging, times: 1 });
    proxy.inject({ table: 'instances', fault: faults.hangingWithinBody, times: 1 });
    expect(await ask()).toMatchObject({ status: 200, text: ALL });
  });

  it('takes no connections, the answer is 503, and right as soon as it does', async () => {
    await proxy.refuse();
    const refused = await ask();
    await proxy.resume();
    expect(refused).toMatchObject(isUnavailable);
    expect(await ask()).toMatchObject({ status: 200, text: ALL });
  });

  it.each(['', 'limit=30&page=1', 'limit=29&page=1'])(
    'fails in the middle of a list of several megabytes, nothing of it is sent: %j',
    async (query) => {
      const host = startFunction('listLambdaInstances', { ...environment, INSTANCES_TABLE: 'large' });
      for (const skip of [1, 2]) {
        for (const fault of [faults.cutWithinBody, faults.garbled(200, '{}'), faults.denied, faults.hanging]) {
          proxy.inject({ table: 'large', fault, skip });
          expect((await ask({ query, host, remainingMs: 800 })).status).toBe(fault === faults.denied ? 500 : 503);
          proxy.heal();
        }
        proxy.inject({ table: 'large', fault: faults.cutWithinBody, skip, times: 1 });
        expect((await ask({ query, host })).status).toBe(200);
      }
      await host.stop();
    },
  );

  it.each([
    ...Object.entries({ ...RETRIED, ...GARBLED }),
    ['denied', faults.denied],
    ['missing', faults.missingTable],
    ['hanging', faults.hanging],
    ['hanging within its answer', faults.hangingWithinBody],
  ] as const)('asked for the page index, is useless (%s), the page goes out without it', async (_, fault) => {
    let right = await ask({ host: indexed, query: 'limit=2&page=2' });
    while (right.headers['x-total-count'] !== '5') right = await ask({ host: indexed, query: 'limit=2&page=2' }); // late
    expect(right.status).toBe(200);
    proxy.inject({ table: 'page-index', fault });
    const answer = await ask({ host: indexed, query: 'limit=2&page=2' });
    expect(answer).toMatchObject({ status: 200, text: right.text });
    expect(answer.headers['x-total-count']).toBeUndefined();
  });
});

describe('when connections have died while they were idle', () => {
  it.each([
    ['are reset', faults.resetConnection, UNSEEN[0]],
    ['are cut off', faults.cutBeforeAnswer, UNSEEN[1]],
    ['never answer', faults.hanging, UNSEEN[2]],
  ])('and %s, the answer is right, and one call was made in vain', async (_, fault, token) => {
    const host = startFunction('listLambdaInstances', environment);
    await Promise.all([1, 2, 3].map(() => ask({ host })));
    proxy.breakConnections(fault);
    proxy.calls.length = 0;
    expect(await ask({ host, token })).toMatchObject({ status: 200, text: ALL });
    expect(proxy.calls.map(({ table }) => table)).toEqual(['tokens', 'tokens', 'instances']);
    await host.stop();
  });

  it('and new ones fail at first, the call still has all its attempts', async () => {
    const host = startFunction('listLambdaInstances', environment);
    await Promise.all([1, 2, 3].map(() => ask({ host })));
    proxy.breakConnections(faults.resetConnection);
    proxy.inject({ table: 'tokens', fault: faults.cutBeforeAnswer, times: 2 });
    expect(await ask({ host, token: UNSEEN[3] })).toMatchObject({ status: 200, text: ALL });
    await host.stop();
  });

  it('a token seen before is read for beside its check all the same, and the answer is right', async () => {
    const host = startFunction('listLambdaInstances', { ...environment, PAGE_INDEX_TABLE: 'page-index' });
    for (const query of ['', 'limit=2&page=2']) {
      await Promise.all([1, 2, 3].map(() => ask({ host, query })));
      proxy.breakConnections(faults.resetConnection);
      expect((await ask({ host, query })).status).toBe(200);
    }
    await host.stop();
  });
});

it('makes up for a single failure however many requests have failed before', async () => {
  const host = startFunction('listLambdaInstances', environment);
  proxy.inject({ fault: faults.failing });
  for (let request = 0; request < 40; request += 1) expect((await ask({ host })).status).toBe(503);
  proxy.heal();
  proxy.inject({ fault: faults.failing, times: 1 });
  expect(await ask({ host })).toMatchObject({ status: 200, text: ALL });
  await host.stop();
});

it('answers with 503, never 500, what it has no file descriptors left for, and is well afterwards', async () => {
  const host = startFunction('listLambdaInstances', environment, { maxOpenFiles: 40 });
  proxy.inject({ fault: faults.delayed(500) }); // no connection becomes free before the last attempt
  const statuses = await Promise.all(Array.from({ length: 100 }, async () => (await ask({ host })).status));
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  proxy.heal();
  expect(await ask({ host })).toMatchObject({ status: 200, text: ALL });
  expect(host.takeOutput()).toContain('EMFILE');
  await host.stop();
});

describe('over TLS', () => {
  let tls: TlsFront;
  let host: FunctionProcess;
  let folder: string;

  beforeAll(async () => {
    const certificate = await createCertificate('localhost');
    tls = await startTlsFront(proxy.endpoint, certificate);
    folder = mkdtempSync(join(tmpdir(), 'certificate-'));
    const NODE_EXTRA_CA_CERTS = join(folder, 'certificate.pem');
    writeFileSync(NODE_EXTRA_CA_CERTS, certificate.cert);
    const AWS_ENDPOINT_URL_DYNAMODB = tls.endpoint;
    host = startFunction('listLambdaInstances', { ...environment, AWS_ENDPOINT_URL_DYNAMODB, NODE_EXTRA_CA_CERTS });
  });
  afterAll(async () => {
    await host.stop();
    await tls.stop();
    rmSync(folder, { recursive: true });
  });

  const damagingAnswer: Fault = async (response, forward) => {
    const { status, body } = await forward();
    tls.damageNext({ to: 'client', skip: 0, position: 0.9, mask: 1 }); // in the last record, not its header
    response.writeHead(status).end(body);
  };

  it('makes a call again whose answer was damaged, and the answer is right', async () => {
    proxy.inject({ table: 'tokens', fault: damagingAnswer, times: 1 });
    proxy.inject({ table: 'instances', fault: damagingAnswer, times: 1 });
    expect(await ask({ host })).toMatchObject({ status: 200, text: ALL });
  });

  it('answers with 503 if every answer is damaged, and says why in the log', async () => {
    proxy.inject({ fault: damagingAnswer });
    expect(await ask({ host })).toMatchObject(isUnavailable);
    proxy.heal();
    expect(await ask({ host })).toMatchObject({ status: 200, text: ALL }); // by now the line has arrived
    expect(host.takeOutput()).toContain('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC');
  });

  it('answers with 500 if the certificate is not trusted', async () => {
    const AWS_ENDPOINT_URL_DYNAMODB = tls.endpoint;
    const distrustful = startFunction('listLambdaInstances', { ...environment, AWS_ENDPOINT_URL_DYNAMODB });
    for (const _ of [1, 2]) expect((await ask({ host: distrustful })).status).toBe(500);
    expect(distrustful.takeOutput()).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    await distrustful.stop();
  });
});

it('keeps every secret while all of that goes wrong, and tells the operator each cause', async () => {
  await ask();
  const output = api.takeOutput();
  expect([TOKEN, 'never-seen'].filter((secret) => output.includes(secret))).toEqual([]);
  const causes = ['ProvisionedThroughputExceeded', 'ResourceNotFound', 'AccessDenied', 'ECONNREFUSED', 'does not move'];
  expect(causes.filter((cause) => !output.includes(cause))).toEqual([]);
});
