import type { Answer } from './exchange';
import { DynamoDBClient, GetItemCommand } from './leanClient';

const failing: Answer = { status: 500, headers: {}, text: '{"__type":"InternalServerError"}' };
const throttling: Answer = { status: 400, headers: {}, text: '{"__type":"ThrottlingException"}' };
const denying: Answer = { status: 400, headers: {}, text: '{"__type":"AccessDeniedException"}' };
const found: Answer = { status: 200, headers: {}, text: '{"Item":{}}' };

const environment = process.env;

beforeEach(() => {
  const keys = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
  process.env = { ...environment, ...keys };
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});
afterEach(() => {
  process.env = environment;
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** A client that receives these responses in turn, then the last one repeatedly. */
function meeting(...answers: Answer[]) {
  const exchange = jest.fn(async () => (answers.length > 1 ? answers.shift() : answers[0]) as Answer);
  const client = new DynamoDBClient({ maxAttempts: 3, requestHandler: { requestTimeout: 3_000 } }, exchange);
  const get = () => client.send(new GetItemCommand({ TableName: 'tokens', Key: {} })).catch(({ name }) => name);
  return { get, exchange };
}

/** Lets pending I/O complete without advancing the clock. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

it.each([
  ['failing', 25, 'InternalServerError', failing],
  ['throttling', 1_000, 'ThrottlingException', throttling],
])('backs off with full jitter and doubling delays: %s, from %d ms', async (_, ms, name, answer) => {
  jest.spyOn(Math, 'random').mockReturnValue(0.4);
  const { get, exchange } = meeting(answer);
  const outcome = get();
  for (const [calls, waitMs] of [
    [1, ms * 0.4],
    [2, ms * 0.8],
  ] as const) {
    await settle();
    jest.advanceTimersByTime(waitMs - 1);
    await settle();
    expect(exchange).toHaveBeenCalledTimes(calls);
    jest.advanceTimersByTime(1);
  }
  expect(await outcome).toBe(name);
  expect(exchange).toHaveBeenCalledTimes(3);
});

it('does not retry a refused call', async () => {
  const { get, exchange } = meeting(denying);
  expect(await get()).toBe('AccessDeniedException');
  expect(exchange).toHaveBeenCalledTimes(1);
});

it.each([
  ['failing', failing],
  ['throttling', throttling],
])('keeps all attempts after a hundred calls to a DynamoDB that was %s', async (_, answer) => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const endless = Array.from({ length: 300 }, () => answer);
  const { get, exchange } = meeting(...endless, answer, answer, found);
  jest.useRealTimers();
  for (let call = 0; call < 100; call += 1) expect(await get()).toMatch(/InternalServerError|ThrottlingException/);
  expect(await get()).toMatchObject({ Item: {} });
  expect(exchange).toHaveBeenCalledTimes(303);
});
