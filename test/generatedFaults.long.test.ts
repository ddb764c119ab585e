/**
 * Tests the built function under generated faults: every response is right or a timely 5xx, nothing leaks, and it
 * recovers when the faults end. FAULTS_SECONDS sets the duration, FAULTS_SEED repeats a failed run (seed in its title).
 */
import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { receive } from '../infra/local/receive';
import { EVENT_FORMATS, type EventFormat } from './events';
import { type FaultProxy, startFaultProxy } from './faultProxy';
import { type FilledDatabase, startFilledDatabase } from './filledDatabase';
import { type FunctionProcess, type Invocation, startFunction } from './functionProcess';
import { episodeOf, FAULTS, isExcused, type Request, type Rule } from './generatedFaults';
import { expectDescribed } from './openapi';
import { putToken, TABLES } from './tables';

const SECONDS = Number(process.env.FAULTS_SECONDS ?? 6);
const SEED = Number(process.env.FAULTS_SEED ?? randomInt(2 ** 31));
const LANES = 4; // they mostly wait for hanging calls
const [HTTP_API] = EVENT_FORMATS as [EventFormat];

/** The callers' tokens; any other caller has none. */
const TOKENS = { holder: 'holder-f32f23ceuqdoS_TH7m', stranger: 'stranger-d6yxmlWL1r', revoked: 'revoked-3b3f32f23ce' };

/** Ids with gaps, in three blocks of the page index, read in five parts. */
const IDS = Array.from({ length: 500 }, (_, i) => String(i * 3 - 50));
const toJson = (id: string): string => `{"uuid":${id},"name":"Lambda Instance","id":${id}}`;

/** A function with its own proxy to the shared tables. */
type Lane = { readonly proxy: FaultProxy; readonly lambda: FunctionProcess };

let database: FilledDatabase;
let lanes: Lane[];

beforeAll(async () => {
  const instances = IDS.map((id) => ({ id: { N: id }, uuid: { N: id } }));
  database = await startFilledDatabase(instances, [TOKENS.holder]);
  const { client, environment } = database;
  await putToken(client, TABLES.TOKENS_TABLE, TOKENS.revoked, { revoked: { BOOL: true } });
  const openLane = async (): Promise<Lane> => {
    const proxy = await startFaultProxy(environment.AWS_ENDPOINT_URL_DYNAMODB, 100);
    const AWS_ENDPOINT_URL_DYNAMODB = proxy.endpoint;
    return { proxy, lambda: startFunction('listLambdaInstances', { ...environment, AWS_ENDPOINT_URL_DYNAMODB }) };
  };
  lanes = await Promise.all(Array.from({ length: LANES }, openLane));
});

afterAll(async () => {
  await Promise.all(lanes.map(({ lambda }) => lambda.stop()));
  await Promise.all(lanes.map(({ proxy }) => proxy.stop()));
  await database.stop();
});

type Outcome = Invocation & { readonly request: Request };

async function ask({ lambda }: Lane, request: Request): Promise<Outcome> {
  const token = TOKENS[request.caller as keyof typeof TOKENS];
  const event = HTTP_API.toEvent({
    query: request.page ? queryOf(request.page) : '',
    headers: {
      ...(token ? { Authorization: `Token ${token}` } : {}),
      ...(request.coding ? { 'Accept-Encoding': request.coding } : {}),
    },
  });
  return { request, ...(await lambda.measure(event, request.remainingMs)) };
}

function queryOf({ limit, number, isWalked }: Exclude<Request['page'], null>): string {
  const before = IDS[(number - 1) * limit - 1] ?? IDS.at(-1); // past the end: the last
  return `limit=${limit}&page=${number}${isWalked && number > 1 ? `&after=${before}` : ''}`;
}

/** Returns the right response without faults. */
function rightAnswer({ caller, page }: Request): { status: number; text?: string; hasNext?: boolean } {
  if (caller !== 'holder') return { status: 401 };
  const { limit, number } = page ?? { limit: IDS.length, number: 1 };
  const ids = IDS.slice((number - 1) * limit, number * limit);
  if (ids.length === 0) return { status: 404 };
  const text = `{"data":[${ids.map(toJson).join(',')}]}`;
  return { status: 200, text, hasNext: number * limit < IDS.length };
}

function judge({ request, response, durationMs, isInTime }: Outcome, rules: readonly Rule[]): void {
  expectDescribed(response, { method: 'GET' });
  expect(isInTime).toBe(true);
  const { status, headers, text } = receive(response);
  expectNoToken(JSON.stringify(headers) + text);
  if (status === 503 || status === 500) {
    const isLate = status === 503 && durationMs > request.remainingMs - 510; // also on a slow machine
    expect({ status, isExcused: isLate || isExcused(status, request, rules) }).toEqual({ status, isExcused: true });
    return;
  }
  const right = rightAnswer(request);
  expect(status).toBe(right.status);
  if (right.text !== undefined) expect(text).toBe(right.text);
  if (status === 200 && request.page) expect(headers.link?.includes('rel="next"')).toBe(right.hasNext);
  expect([undefined, String(IDS.length)]).toContain(headers['x-total-count']);
}

const expectNoToken = (text: string): void =>
  expect(Object.values(TOKENS).filter((token) => text.includes(token))).toEqual([]);

const ALL: Request = { caller: 'holder', page: null, coding: undefined, remainingMs: 20_000 };
const FAR: Request = { ...ALL, page: { limit: 30, number: 15, isWalked: false } };

/** Checks full recovery, including the page index, with no calls in progress. */
async function expectWell(lane: Lane): Promise<void> {
  judge(await ask(lane, ALL), []);
  const far = await ask(lane, FAR);
  judge(far, []);
  expect(receive(far.response).headers['x-total-count']).toBe(String(IDS.length)); // from the index
  for (const end = performance.now() + ABANDONED_MS; lane.proxy.underWay() > 0; await setTimeout(10)) {
    expect(performance.now()).toBeLessThan(end);
  }
}

const ABANDONED_MS = 1_500; // below the time limit of an abandoned call

/** Runs the episode of a seed; returns the statuses of its responses. */
async function live(lane: Lane, seed: number): Promise<readonly number[]> {
  const { rules, requests, isAtOnce } = episodeOf(seed, IDS.length);
  lane.proxy.inject(
    ...rules.flatMap(({ fault: name, operation, times, ...rule }) => {
      const fault = FAULTS[name];
      return fault ? { ...rule, fault, ...(operation ? { operation } : {}), ...(times ? { times } : {}) } : [];
    }),
  );
  const outcomes: Outcome[] = [];
  if (isAtOnce) outcomes.push(...(await Promise.all(requests.map((request) => ask(lane, request)))));
  else for (const request of requests) outcomes.push(await ask(lane, request));
  lane.proxy.heal();
  try {
    for (const outcome of outcomes) judge(outcome, rules);
    await expectWell(lane);
  } catch (cause) {
    const episode = JSON.stringify({ rules, requests, isAtOnce });
    throw new Error(`FAULTS_SEED=${seed}: ${episode}\n${lane.lambda.takeOutput()}`, { cause });
  }
  return outcomes.map(({ response }) => response.statusCode);
}

it(
  `answers rightly or with a timely 5xx, and recovers after each fault (FAULTS_SEED=${SEED})`,
  async () => {
    const answers = new Map<number, number>();
    let seed = SEED;
    let isOver = false;
    const drive = async (lane: Lane, end: number): Promise<void> => {
      while (!isOver && performance.now() < end) {
        for (const status of await live(lane, seed++)) answers.set(status, (answers.get(status) ?? 0) + 1);
        expectNoToken(lane.lambda.takeOutput());
      }
    };
    const driveAll = async (seconds: number): Promise<void> => {
      const end = performance.now() + seconds * 1_000;
      const fail = (error: unknown) => {
        isOver = true; // for all
        throw error;
      };
      const ended = await Promise.allSettled(lanes.map((lane) => drive(lane, end).catch(fail)));
      for (const result of ended) if (result.status === 'rejected') throw result.reason;
    };
    for (const lane of lanes) await expectWell(lane);
    await driveAll(SECONDS / 3); // warm-up
    const before = await Promise.all(lanes.map(({ lambda }) => lambda.look()));
    await driveAll((SECONDS * 2) / 3);
    expect([200, 503].filter((status) => !answers.has(status))).toEqual([]);
    if (process.env.FAULTS_SECONDS) process.stderr.write(`${JSON.stringify(Object.fromEntries(answers))}\n`);
    for (const [i, lane] of lanes.entries()) await expectNothingKept(lane, before[i]?.heapBytes ?? 0);
  },
  SECONDS * 1_000 + 60_000,
);

const MAX_GROWTH_BYTES = 1_000_000;

async function expectNothingKept(lane: Lane, heapBytesBefore: number): Promise<void> {
  const { lambda, proxy } = lane;
  for (let n = 0; n < 3; n += 1) judge(await ask(lane, { ...ALL, caller: 'nobody' }), []); // flushes the last request
  const { heapBytes, resources } = await lambda.look();
  expect((await lambda.look(Object.values(TOKENS))).found).toEqual([]);
  expect(resources.filter((resource) => resource !== 'PipeWrap')).toEqual([]); // those to this process
  expect(proxy.openConnections()).toBeLessThanOrEqual(50); // kept alive by the SDK
  expect(heapBytes - heapBytesBefore).toBeLessThan(MAX_GROWTH_BYTES);
}
