/**
 * The handler, fed with hostile events: it never throws, never takes input for a failure of its own, reads no more than
 * it may, and answers as its description says. FUZZ_SECONDS makes the run longer, FUZZ_SEED repeats one.
 */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { parseEvent } from '../lib/http/request';
import { INSTANCES } from './documented';
import { EVENT_FORMATS, type EventFormat } from './events';
import { hostileEvents } from './hostileEvents';
import { SimulatedApi } from './simulatedApi';

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 5);
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';

let api: SimulatedApi;

beforeAll(() => {
  api = new SimulatedApi(() => jest.requireActual('../handlers/listLambdaInstances'));
});

beforeEach(async () => {
  api.reset(INSTANCES);
  await api.putToken({}, TOKEN);
});

afterAll(() => jest.restoreAllMocks());

/** The tables that may be read for an answer of this kind. */
const MAY_READ: Readonly<Record<string, readonly string[]>> = {
  'unknown-event': [],
  'not-found': [],
  'method-not-allowed': [],
  'invalid-token': ['tokens'],
  'missing-parameter': ['tokens'],
  'bad-parameter': ['tokens'],
  'non-positive-parameter': ['tokens'],
  'page-out-of-range': ['tokens', 'instances'],
  '200': ['tokens', 'instances'],
  '204': [],
  '304': ['tokens', 'instances'],
};

async function answerTo(event: unknown): Promise<string> {
  const method = parseEvent(event)?.method ?? 'GET';
  const { status, problem } = await api.answer(event, method);
  const kind = String(problem.type ?? status).replace('urn:problem-type:lambda-instances:', '');
  if (method === 'HEAD' && status >= 400) return kind;
  expect(Object.keys(MAY_READ)).toContain(kind);
  expect(api.reads.filter((table) => !MAY_READ[kind]?.includes(table))).toEqual([]);
  expect(api.reads.length).toBe(new Set(api.reads).size); // each at most once
  return kind;
}

it(
  `answers whatever comes, and reads no more than it may (FUZZ_SEED=${SEED})`,
  async () => {
    const kinds = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(hostileEvents(TOKEN), async (event) => {
        const kind = await answerTo(event);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        expect(api.takeLog()).not.toContain(TOKEN);
      }),
      { seed: SEED, numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: SECONDS * 1_000 },
    );
    if (process.env.FUZZ_SECONDS) process.stderr.write(`${JSON.stringify(Object.fromEntries(kinds))}\n`);
    const least = ['200', 'invalid-token', 'bad-parameter', 'not-found', 'method-not-allowed', 'unknown-event'];
    expect(least.filter((kind) => !kinds.has(kind))).toEqual([]);
  },
  SECONDS * 1_000 + 60_000,
);

const [HTTP_API] = EVENT_FORMATS as [EventFormat];
const LONG = 300_000;
const long = (unit: string): string => unit.repeat(LONG / unit.length);
const many = (name: string): string[] => Array.from({ length: LONG / 20 }, (_, i) => `${name}${i}`);

it.each<[string, Parameters<EventFormat['toEvent']>[0]]>([
  ['a path', { path: long('/a') }],
  ['a method', { method: long('GET') }],
  ['a credential', { headers: { Authorization: `Token ${long('a')}` } }],
  ['a credential of spaces', { headers: { Authorization: `Token${long(' ')}`, 'x-api-key': `${long(' ')}a b` } }],
  ['many credentials', { headers: { 'x-api-key': many('a') } }],
  ['many headers', { headers: Object.fromEntries(many('x').map((name) => [name, name])) }],
  ['a parameter', { query: `limit=${long('0')}1&page=${long('9')}` }],
  ['a parameter of percent signs', { query: `limit=${long('%')}&page=${long('%25')}` }],
  ['a parameter many times', { query: long('limit=1&') }],
  ['many parameters', { query: many('x').join('&') }],
  ['unknown parameters, which links keep', { query: `limit=1&page=1&x=${long('é')}` }],
  ['an origin', { headers: { Origin: long('https://') } }],
  ['a host', { headers: { Host: long('a.') } }],
  ['an Accept-Encoding', { headers: { 'Accept-Encoding': long('gzip;q=0.1,') } }],
  ['an If-None-Match', { headers: { 'If-None-Match': long('W/"a", ') } }],
])('answers an event with very much of %s in time linear in that', async (_, request) => {
  const headers = { Authorization: `Token ${TOKEN}`, ...request?.headers };
  for (const { toEvent } of [HTTP_API, ...EVENT_FORMATS.slice(-2)]) {
    const event = toEvent({ ...request, headers });
    const start = performance.now();
    await answerTo(event);
    expect(performance.now() - start).toBeLessThan(5_000); // a square of it would take minutes
  }
});
