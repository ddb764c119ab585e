/** The bundle's client over TLS: damaged bytes are transient, an untrusted certificate is not. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import fc from 'fast-check';
import { type Certificate, createCertificate } from '../../test/certificate';
import { type Damage, startTlsFront, type TlsFront } from '../../test/tlsFront';
import { UnavailableError } from '../errors';
import { DynamoDBClient, GetItemCommand } from './leanClient';
import { acceptNativeErrors } from './nativeErrors.testing';
import { toOutage } from './outage';

const ITEM = { name: { S: 'x'.repeat(2_000) } };

let calls = 0;
let whenCalled = () => {};
const server = createServer((request, response) => {
  calls += 1;
  whenCalled();
  request.resume().on('end', () => response.end(JSON.stringify({ Item: ITEM })));
});
const environment = process.env;
let trusted: Certificate;
let front: TlsFront;

beforeAll(async () => {
  acceptNativeErrors();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  trusted = await createCertificate('localhost');
  front = await startFront(trusted);
});
beforeEach(() => {
  calls = 0;
  whenCalled = () => {};
});
afterAll(async () => {
  process.env = environment;
  await front.stop();
  server.closeAllConnections();
  server.close();
});

const startFront = (options: TlsOptions) =>
  startTlsFront(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, options);

async function getItem(endpoint: string, ca: string | undefined, maxAttempts = 3) {
  const keys = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
  process.env = { ...environment, ...keys, AWS_ENDPOINT_URL_DYNAMODB: endpoint };
  const httpsAgent = { keepAlive: false, ...(ca ? { ca } : {}) };
  const client = new DynamoDBClient({ maxAttempts, requestHandler: { requestTimeout: 1_000, httpsAgent } });
  return client.send(new GetItemCommand({ TableName: 'instances', Key: {} }));
}

const damages: fc.Arbitrary<Damage> = fc.record({
  to: fc.constantFrom('client', 'server'),
  skip: fc.nat(2), // from either hello to the request and response
  position: fc.double({ min: 0, max: 0.9999, noNaN: true }),
  mask: fc.integer({ min: 1, max: 255 }),
});

it('retries a call after damage to any byte, including the handshake', async () => {
  const property = fc.asyncProperty(damages, async (damage) => {
    front.damageNext(damage);
    expect(await getItem(front.endpoint, trusted.cert)).toMatchObject({ Item: ITEM });
  });
  await fc.assert(property, { numRuns: 40 });
});

it.each([
  ['client', 0.3, /^ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC$/],
  ['server', 0.9999, /^(ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC|EPROTO)$/], // on a read or a write
] as const)('treats a damaged record to the %s as an outage', async (to, position, code) => {
  front.damageNext({ to, skip: 1, position, mask: 1 }); // skips the hello
  const error = await failure(getItem(front.endpoint, trusted.cert, 1));
  expect(error).toMatchObject({ code: expect.stringMatching(code) });
  expect(toOutage(error)).toBeInstanceOf(UnavailableError);
});

it('gives up after three attempts if every answer is damaged', async () => {
  whenCalled = () => front.damageNext({ to: 'client', skip: 0, position: 0.5, mask: 1 });
  const error = await failure(getItem(front.endpoint, trusted.cert));
  expect(toOutage(error)).toBeInstanceOf(UnavailableError);
  expect(calls).toBe(3);
});

it.each<[string, () => Promise<Certificate>, TlsOptions]>([
  ['ERR_TLS_CERT_ALTNAME_INVALID', () => createCertificate('example.org'), {}],
  ['CERT_HAS_EXPIRED', () => createCertificate('localhost', new Date('2026-11-24')), {}],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', async () => trusted, { requestCert: true }],
])('treats %s as a wrong deployment, without a retry', async (code, create, options) => {
  const certificate = await create();
  const other = await startFront({ ...certificate, ...options });
  const error = await failure(getItem(other.endpoint, certificate.cert));
  await other.stop();
  expect(error).toMatchObject({ code });
  expect(toOutage(error)).toBe(error);
  expect([calls, other.connections()]).toEqual([0, 1]);
});

it('treats an untrusted certificate as a wrong deployment, without a retry', async () => {
  const before = front.connections();
  const error = await failure(getItem(front.endpoint, undefined));
  expect(error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(toOutage(error)).toBe(error);
  expect([calls, front.connections() - before]).toEqual([0, 1]);
});

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => new TypeError('an answer'),
    (error: unknown) => error,
  );
}
