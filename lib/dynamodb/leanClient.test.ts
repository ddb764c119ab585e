import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as sdk from '@aws-sdk/client-dynamodb';
import { expectedSignature, signatureOf } from './awsSignature.testing';
import * as standIn from './leanClient';
import { acceptNativeErrors } from './nativeErrors.testing';
import { toOutage } from './outage';

type Answer = (response: ServerResponse) => unknown;
type SdkError = Error & {
  readonly code?: string;
  readonly $metadata?: { httpStatusCode?: number };
  readonly $response?: { statusCode?: number };
};
type Received = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { readonly body: string };

const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'a session',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};
const TABLE = 'tokens';

let answers: Answer[] = [];
let received: Received[] = [];
const server = createServer(async (request, response) => {
  const { method, url, headers } = request;
  received.push({ method, url, headers, body: await text(request) });
  (answers.length > 1 ? answers.shift() : answers[0])?.(response);
});
const environment = process.env;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.env = { ...environment, ...ENVIRONMENT, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` };
  acceptNativeErrors();
  jest.spyOn(Math, 'random').mockReturnValue(0); // retries immediately
});
afterAll(() => {
  jest.restoreAllMocks();
  process.env = environment;
  server.closeAllConnections();
  server.close();
});

/** The results of both clients for the same responses, and their requests. */
async function askBoth(
  script: readonly Answer[],
  ask: (module: typeof sdk) => [command: never, abortSignal?: AbortSignal],
) {
  const silenceMs = script.includes(hang) || script.includes(stop) ? 250 : 20_000;
  const outcomes: { outcome: unknown; requests: Received[] }[] = [];
  for (const module of [sdk, standIn as unknown as typeof sdk]) {
    [answers, received] = [[...script], []];
    const client = new module.DynamoDBClient({
      maxAttempts: 3,
      retryMode: 'standard',
      requestHandler: { requestTimeout: silenceMs, socketTimeout: silenceMs, throwOnRequestTimeout: true },
    });
    const [command, abortSignal] = ask(module);
    const outcome = await client
      .send(command, { ...(abortSignal ? { abortSignal } : {}) })
      .then(describeOutput, describeError);
    outcomes.push({ outcome, requests: received });
  }
  return outcomes as [(typeof outcomes)[0], (typeof outcomes)[0]];
}

const describeOutput = ({ $metadata, ...output }: { $metadata: { httpStatusCode?: number } }) => ({
  output,
  status: $metadata.httpStatusCode,
});

/** Describes a broken connection by its code, since the SDK renames the error to a timeout. */
function describeError(error: SdkError) {
  const { name, code, $metadata, $response } = error;
  const isOutage = toOutage(error) !== error;
  return {
    name: code === 'ECONNRESET' ? code : name,
    status: $metadata?.httpStatusCode,
    answered: $response?.statusCode,
    isOutage,
  };
}

const reply =
  (status: number, body: string | object): Answer =>
  (response) =>
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
const fail = (status: number, type: string): Answer =>
  reply(status, { __type: `com.amazon.coral#${type}`, message: 'why' });
const cut: Answer = (response) => response.destroy();
const cutInTheBody: Answer = (response) =>
  response.writeHead(200, { 'content-length': 99 }).write('{"Item":', () => response.destroy());
const stop: Answer = (response) => response.writeHead(200, { 'content-length': 99 }).write('{"Item":');
const hang: Answer = () => {};
const found = reply(200, {
  Item: {
    tokenHash: { S: 'ä\u2028"' },
    expiresAt: { N: '12345678901234567890123456789012345678' },
    revoked: { BOOL: true },
  },
  ConsumedCapacity: { CapacityUnits: 0.5, TableName: TABLE },
});

const SCRIPTS: Record<string, Answer[]> = {
  'an item': [found],
  'an empty object': [reply(200, {})],
  'an empty body': [reply(200, '')],
  HTML: [reply(200, '<html>')],
  'JSON null': [reply(200, 'null')],
  'a JSON list': [reply(200, '[]')],
  'a JSON text': [reply(200, '"text"')],
  'half of the JSON': [reply(200, '{"Item":{')],
  'a condition that failed': [fail(400, 'ConditionalCheckFailedException')],
  'a missing table': [fail(400, 'ResourceNotFoundException')],
  'denied access': [fail(400, 'AccessDeniedException')],
  'an error with an unknown name': [fail(400, 'Whatever')],
  'an error without a name': [reply(400, { message: 'why' })],
  'an error whose name is a number': [reply(400, { __type: 7 })],
  'an error without a body': [reply(400, '')],
  'an error that is null': [reply(400, 'null')],
  'a redirect': [reply(302, {})],
  'an HTML error': [reply(400, '<html>')],
  'throttling, twice': [fail(400, 'ProvisionedThroughputExceededException'), fail(400, 'ThrottlingException'), found],
  'repeated throttling': [fail(400, 'ProvisionedThroughputExceededException')],
  'too many requests': [fail(429, 'Whatever'), found],
  'a failure, once': [fail(500, 'InternalServerError'), found],
  'repeated failure': [fail(500, 'InternalServerError')],
  'an HTML page of a load balancer': [reply(503, '<html>')],
  'a connection closed before the response': [cut, found],
  'connections always closed before the response': [cut],
  'a connection closed within the response': [cutInTheBody, found],
  'a response that stalls': [stop, found],
  'no response, once': [hang, found],
  'no response, ever': [hang],
};

describe.each(Object.entries(SCRIPTS))('with %s', (_, script) => {
  it('both clients have the same result after the same number of attempts', async () => {
    const [real, ours] = await askBoth(script, (module) => [
      new module.GetItemCommand({ TableName: TABLE, Key: { tokenHash: { S: 'x' } } }) as never,
    ]);
    expect(ours.outcome).toEqual(real.outcome);
    expect(ours.requests).toHaveLength(real.requests.length);
  });
});

const INPUTS = {
  GetItemCommand: { TableName: TABLE, Key: { tokenHash: { S: 'ü' } }, ConsistentRead: true },
  PutItemCommand: {
    TableName: TABLE,
    Item: { node: { S: 'root' }, frozen: { BOOL: true } },
    ConditionExpression: 'a = :b',
  },
  UpdateItemCommand: { TableName: TABLE, Key: { tokenHash: { S: 'x' } }, UpdateExpression: 'SET revoked = :r' },
  DeleteItemCommand: { TableName: TABLE, Key: { node: { S: 'n' } } },
  QueryCommand: { TableName: TABLE, Limit: 25, ExclusiveStartKey: undefined, ExpressionAttributeNames: { '#p': 'c' } },
  ScanCommand: { TableName: TABLE, ProjectionExpression: '#node' },
} as const;
type Name = keyof typeof INPUTS;

it.each(Object.keys(INPUTS) as Name[])('both clients send %s identically, with a valid signature', async (name) => {
  const [real, ours] = await askBoth([reply(200, {})], (module) => [
    new (module[name] as unknown as new (input: object) => never)(INPUTS[name]),
  ]);
  const essence = ({ method, url, headers, body }: Received) => ({
    method,
    url,
    target: headers['x-amz-target'],
    type: headers['content-type'],
    session: headers['x-amz-security-token'],
    input: JSON.parse(body),
  });
  expect(ours.requests.map(essence)).toEqual(real.requests.map(essence));
  for (const request of [...real.requests, ...ours.requests]) {
    expect(signatureOf(request)).toEqual(expectedSignature(request, ENVIRONMENT.AWS_SECRET_ACCESS_KEY));
  }
});

it('stops at the deadline', async () => {
  let deadline = new AbortController();
  const [real, ours] = await askBoth([() => deadline.abort()], ({ GetItemCommand }) => {
    deadline = new AbortController();
    return [new GetItemCommand({ TableName: TABLE, Key: {} }) as never, deadline.signal];
  });
  expect(ours.outcome).toEqual(real.outcome);
  expect(ours.outcome).toMatchObject({ name: 'AbortError' });
  expect(ours.requests).toHaveLength(1);
});

it('does not count a dead connection as an attempt', async () => {
  [answers, received] = [[found, hang], []];
  const client = new standIn.DynamoDBClient({ maxAttempts: 3, requestHandler: { requestTimeout: 250 } });
  const get = () => client.send(new standIn.GetItemCommand({ TableName: TABLE, Key: {} }));
  await get();
  await expect(get()).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(received).toHaveLength(1 + 1 + 3);
});
