/** The built function, with faults on the connection to DynamoDB. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificate } from '../test/certificate';
import { ALL } from '../test/documented';
import type { Fault } from '../test/faultProxy';
import * as faults from '../test/faults';
import { type FaultyFunction, IS_UNAVAILABLE, startOverFaults, TOKEN, UNSEEN } from '../test/faultyFunction';
import { type FunctionProcess, startFunction } from '../test/functionProcess';
import { startTlsFront, type TlsFront } from '../test/tlsFront';

let { proxy, api, indexed, environment, ask, stop } = {} as FaultyFunction;

beforeAll(async () => {
  ({ proxy, api, indexed, environment, ask, stop } = await startOverFaults());
});

afterEach(() => proxy.heal());

afterAll(() => stop());

describe.each(['tokens', 'instances'])('with a fault on the table of %s', (table) => {
  afterEach(async () => {
    proxy.heal();
    expect(await ask()).toMatchObject({ status: 200, text: ALL }); // fully recovered
  });

  it.each(Object.entries(faults.RETRIED))('answers 200 after %s once', async (_, fault) => {
    proxy.inject({ table, fault, times: 1 });
    expect(await ask()).toMatchObject({ status: 200, text: ALL });
  });

  it.each(Object.entries(faults.RETRIED))('answers 503 in time after repeated %s', async (_, fault) => {
    proxy.inject({ table, fault });
    expect(await ask({ remainingMs: 800 })).toMatchObject({ ...IS_UNAVAILABLE, isInTime: true });
  });

  it.each(Object.entries(faults.GARBLED))('answers 503 to %s', async (_, fault) => {
    proxy.inject({ table, fault });
    expect(await ask()).toMatchObject(IS_UNAVAILABLE);
  });

  it.each([
    ['before its answer', faults.hanging],
    ['within its answer', faults.hangingWithinBody],
    ['longer than the time left', faults.delayed(60_000)],
  ])('answers 503 within the invocation’s time if DynamoDB hangs %s', async (_, fault) => {
    proxy.inject({ table, fault });
    expect(await ask({ remainingMs: 400 })).toMatchObject({ ...IS_UNAVAILABLE, isInTime: true });
  });

  it.each([0, 1])('answers 503 or 200 with %d ms left', async (remainingMs) => {
    expect([200, 503]).toContain((await ask({ remainingMs })).status);
  });

  it('answers 200 after a short delay', async () => {
    proxy.inject({ table, fault: faults.delayed(50) });
    expect(await ask()).toMatchObject({ status: 200, text: ALL });
  });

  it.each([
    ['inaccessible', faults.denied, 'AccessDeniedException'],
    ['missing', faults.missingTable, 'ResourceNotFoundException'],
  ])('answers 500 without a retry if the table is %s', async (_, fault) => {
    proxy.calls.length = 0;
    proxy.inject({ table, fault });
    expect(await ask()).toMatchObject({ status: 500, headers: { 'cache-control': 'no-store' } });
    expect(proxy.calls.filter((call) => call.table === table)).toHaveLength(1);
  });
});

describe('with a fault of DynamoDB', () => {
  it.each(Object.entries(faults.CONTRADICTORY))('answers 503 to a query result with %s', async (_, fault) => {
    proxy.inject({ operation: 'Query', fault });
    expect(await ask()).toMatchObject(IS_UNAVAILABLE);
    expect(await ask({ query: 'limit=6&page=1' })).toMatchObject(IS_UNAVAILABLE);
  });

  it('answers 503 to the row of another token', async () => {
    const Item = { tokenHash: { S: 'f'.repeat(64) } };
    proxy.inject({ table: 'tokens', fault: faults.edited((answer) => ({ ...answer, Item })) });
    expect(await ask()).toMatchObject(IS_UNAVAILABLE);
  });

  it('reads nothing else if the check of a new token fails', async () => {
    proxy.calls.length = 0;
    proxy.inject({ table: 'tokens', fault: faults.failing });
    expect(await ask({ host: indexed, token: 'never-seen', query: 'limit=2&page=2' })).toMatchObject(IS_UNAVAILABLE);
    expect(new Set(proxy.calls.map(({ table }) => table))).toEqual(new Set(['tokens']));
  });

  it('reads an unknown token once and nothing else', async () => {
    proxy.calls.length = 0;
    expect(await ask({ host: indexed, token: 'never-seen', query: 'limit=2&page=2' })).toMatchObject({ status: 401 });
    expect(proxy.calls).toEqual([{ operation: 'GetItem', table: 'tokens' }]);
  });

  it('answers 503 after three throttled attempts', async () => {
    proxy.calls.length = 0;
    proxy.inject({ table: 'instances', fault: faults.throttled });
    expect(await ask()).toMatchObject(IS_UNAVAILABLE);
    expect(proxy.calls.filter(({ table }) => table === 'instances')).toHaveLength(3);
  });

  it('retries a call that hangs before or within its answer', async () => {
    proxy.inject({ table: 'tokens', fault: faults.hanging, times: 1 });
    proxy.inject({ table: 'instances', fault: faults.hangingWithinBody, times: 1 });
    expect(await ask()).toMatchObject({ status: 200, text: ALL });
  });

  it('answers 503 while DynamoDB refuses connections, and 200 afterwards', async () => {
    await proxy.refuse();
    const refused = await ask();
    await proxy.resume();
    expect(refused).toMatchObject(IS_UNAVAILABLE);
    expect(await ask()).toMatchObject({ status: 200, text: ALL });
  });

  it.each(['', 'limit=30&page=1', 'limit=29&page=1'])(
    'sends no part of a list of several megabytes if DynamoDB fails midway: %j',
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
    ...Object.entries({ ...faults.RETRIED, ...faults.GARBLED }),
    ['denied', faults.denied],
    ['missing', faults.missingTable],
    ['hanging', faults.hanging],
    ['hanging within its answer', faults.hangingWithinBody],
  ] as const)('answers without the page index if it fails with %s', async (_, fault) => {
    let right = await ask({ host: indexed, query: 'limit=2&page=2' });
    while (right.headers['x-total-count'] !== '5') right = await ask({ host: indexed, query: 'limit=2&page=2' }); // retries while the index is late
    expect(right.status).toBe(200);
    proxy.inject({ table: 'page-index', fault });
    const answer = await ask({ host: indexed, query: 'limit=2&page=2' });
    expect(answer).toMatchObject({ status: 200, text: right.text });
    expect(answer.headers['x-total-count']).toBeUndefined();
  });
});

describe('after idle connections have died', () => {
  it.each([
    ['are reset', faults.resetConnection, UNSEEN[0]],
    ['are cut off', faults.cutBeforeAnswer, UNSEEN[1]],
    ['never answer', faults.hanging, UNSEEN[2]],
  ])('answers 200 with one retried call if they %s', async (_, fault, token) => {
    const host = startFunction('listLambdaInstances', environment);
    await Promise.all([1, 2, 3].map(() => ask({ host })));
    proxy.breakConnections(fault);
    proxy.calls.length = 0;
    expect(await ask({ host, token })).toMatchObject({ status: 200, text: ALL });
    expect(proxy.calls.map(({ table }) => table)).toEqual(['tokens', 'tokens', 'instances']);
    await host.stop();
  });

  it('keeps all attempts for new connections', async () => {
    const host = startFunction('listLambdaInstances', environment);
    await Promise.all([1, 2, 3].map(() => ask({ host })));
    proxy.breakConnections(faults.resetConnection);
    proxy.inject({ table: 'tokens', fault: faults.cutBeforeAnswer, times: 2 });
    expect(await ask({ host, token: UNSEEN[3] })).toMatchObject({ status: 200, text: ALL });
    await host.stop();
  });

  it('answers 200 if it reads in parallel with the check of a token verified before', async () => {
    const host = startFunction('listLambdaInstances', { ...environment, PAGE_INDEX_TABLE: 'page-index' });
    for (const query of ['', 'limit=2&page=2']) {
      await Promise.all([1, 2, 3].map(() => ask({ host, query })));
      proxy.breakConnections(faults.resetConnection);
      expect((await ask({ host, query })).status).toBe(200);
    }
    await host.stop();
  });
});

it('retries a single failure even after many failed requests', async () => {
  const host = startFunction('listLambdaInstances', environment);
  proxy.inject({ fault: faults.failing });
  for (let request = 0; request < 40; request += 1) expect((await ask({ host })).status).toBe(503);
  proxy.heal();
  proxy.inject({ fault: faults.failing, times: 1 });
  expect(await ask({ host })).toMatchObject({ status: 200, text: ALL });
  await host.stop();
});

it('answers 503 while out of file descriptors, and 200 afterwards', async () => {
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

  it('retries a call whose answer was damaged', async () => {
    proxy.inject({ table: 'tokens', fault: damagingAnswer, times: 1 });
    proxy.inject({ table: 'instances', fault: damagingAnswer, times: 1 });
    expect(await ask({ host })).toMatchObject({ status: 200, text: ALL });
  });

  it('answers 503 if every answer is damaged, and logs the reason', async () => {
    proxy.inject({ fault: damagingAnswer });
    expect(await ask({ host })).toMatchObject(IS_UNAVAILABLE);
    proxy.heal();
    expect(await ask({ host })).toMatchObject({ status: 200, text: ALL }); // the line has arrived by then
    expect(host.takeOutput()).toContain('ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC');
  });

  it('answers 500 if the certificate is not trusted', async () => {
    const AWS_ENDPOINT_URL_DYNAMODB = tls.endpoint;
    const distrustful = startFunction('listLambdaInstances', { ...environment, AWS_ENDPOINT_URL_DYNAMODB });
    for (const _ of [1, 2]) expect((await ask({ host: distrustful })).status).toBe(500);
    expect(distrustful.takeOutput()).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    await distrustful.stop();
  });
});

it('logged each cause, and no secret, in all of these tests', async () => {
  await ask();
  const output = api.takeOutput();
  expect([TOKEN, 'never-seen'].filter((secret) => output.includes(secret))).toEqual([]);
  const causes = ['ProvisionedThroughputExceeded', 'ResourceNotFound', 'AccessDenied', 'ECONNREFUSED', 'does not move'];
  expect(causes.filter((cause) => !output.includes(cause))).toEqual([]);
});
