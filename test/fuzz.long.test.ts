/**
 * Fuzzes the handler with hostile events: it never throws, never answers 5xx, reads only permitted tables, and conforms
 * to openapi.yaml. FUZZ_SECONDS sets the duration, FUZZ_SEED repeats a run.
 */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { parseEvent } from '../lib/http/request';
import { INSTANCES } from './documented';
import { EVENT_FORMATS, type EventFormat } from './events';
import { hostileEvents } from './hostileEvents';
import { LONG_REQUESTS } from './longRequests';
import { SimulatedApi } from './simulatedApi';

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 5);
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';

let api: SimulatedApi;

beforeAll(() => {
  api = new SimulatedApi(() => jest.requireActual('../handlers/listLambdaInstances'), { isIndexed: true });
});

beforeEach(async () => {
  api.reset(INSTANCES);
  await api.putToken({}, TOKEN);
  await api.buildIndex();
});

afterAll(() => jest.restoreAllMocks());

const ALL_TABLES = ['tokens', 'instances', 'page-index'];

/** The tables that may be read for a response, by problem or, for HEAD, by status. */
const MAY_READ: Readonly<Record<string, readonly string[]>> = {
  'unknown-event': [],
  'not-found': [],
  'method-not-allowed': [],
  'invalid-token': ['tokens'],
  'missing-parameter': ['tokens'],
  'bad-parameter': ['tokens'],
  'non-positive-parameter': ['tokens'],
  'page-out-of-range': ALL_TABLES,
  '200': ALL_TABLES,
  '204': [],
  '304': ALL_TABLES,
  '400': ['tokens'],
  '401': ['tokens'],
  '404': ALL_TABLES,
};

async function answerTo(event: unknown): Promise<string> {
  const method = parseEvent(event)?.method ?? 'GET';
  const { status, problem } = await api.answer(event, method);
  const kind = String(problem.type ?? status).replace('urn:problem-type:lambda-instances:', '');
  expect(Object.keys(MAY_READ)).toContain(kind);
  expect(api.reads.filter((table) => !MAY_READ[kind]?.includes(table))).toEqual([]);
  const isRepeated = api.reads.length > new Set(api.reads).size;
  if (isRepeated) expect(['page-out-of-range', '404']).toContain(kind); // a second query detects an empty collection
  expect(api.reads.length - Number(isRepeated)).toBe(new Set(api.reads).size);
  return kind;
}

it(
  `answers any event with only permitted reads (FUZZ_SEED=${SEED})`,
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

const FORMATS = [EVENT_FORMATS[0], ...EVENT_FORMATS.slice(-2)] as readonly EventFormat[];

// `npm run bench -- parsing` measures the time by length.
it.each(Object.entries(LONG_REQUESTS))('answers an event with an oversized %s', async (_, toRequest) => {
  for (const { toEvent } of FORMATS) await answerTo(toEvent(toRequest(300_000)));
});
