/** Generates requests with known responses, at any concurrency. */
import type { ReceivedAnswer } from '../../infra/local/receive';
import type { WireRequest } from '../events';
import type { Target } from './targets';

export const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';
const SIZE = 2_000;
const LIMIT = 50;

/** The instances are 1 to `SIZE`, so that every page is known. */
export const instances = Array.from({ length: SIZE }, (_, i) => ({
  id: { N: String(i + 1) },
  uuid: { N: String(i + 1) },
  name: { S: `Instance ${i + 1}` },
}));

const texts = instances.map(({ id, name }) => `{"uuid":${id.N},"name":"${name.S}","id":${id.N}}`);
const listOf = (elements: readonly string[]): string => `{"data":[${elements}]}`;
const everyInstance = listOf(texts);

type Expected = { readonly status: number; readonly text?: string };
type Kind = { readonly name: string; readonly weight: number; readonly next: () => [WireRequest, Expected] };

const holder = { Authorization: `Token ${TOKEN}` };
const pageOf = (number: number): [WireRequest, Expected] => {
  const text = listOf(texts.slice((number - 1) * LIMIT, number * LIMIT));
  return [
    { query: `limit=${LIMIT}&page=${number}`, headers: holder },
    { status: 200, text },
  ];
};
const anyPage = () => pageOf(1 + Math.floor((Math.random() * SIZE) / LIMIT));

const KINDS: readonly Kind[] = [
  { name: 'first page', weight: 6, next: () => pageOf(1) },
  { name: 'any page', weight: 6, next: anyPage },
  { name: 'every instance', weight: 1, next: () => [{ headers: holder }, { status: 200, text: everyInstance }] },
  {
    name: 'past the end',
    weight: 1,
    next: () => [{ query: `limit=${LIMIT}&page=1000`, headers: holder }, { status: 404 }],
  },
  { name: 'a stranger', weight: 2, next: () => [{ headers: { 'x-api-key': 'unknown' } }, { status: 401 }] },
];
const DECK = KINDS.flatMap((kind) => Array<Kind>(kind.weight).fill(kind));

const MAX_REQUESTS = 1_000_000;

/** The results of requests by kind: durations in milliseconds, and the number of 503s. */
export class Tally {
  readonly milliseconds = new Map<string, number[]>();
  unavailable = 0;
  /** The first responses that were neither right nor a proper 503. */
  readonly wrong: string[] = [];

  get requests(): number {
    return [...this.milliseconds.values()].reduce((sum, { length }) => sum + length, 0);
  }

  note(kind: string, ms: number, answer: ReceivedAnswer, expected: Expected): void {
    const list = this.milliseconds.get(kind);
    if (list) list.push(ms);
    else this.milliseconds.set(kind, [ms]);
    if (isUnavailable(answer)) this.unavailable += 1;
    else if (!isExpected(answer, expected)) {
      this.wrong.push(`${kind}: ${answer.status} ${JSON.stringify(answer.headers)} ${answer.text.slice(0, 200)}`);
    }
  }
}

const isExpected = ({ status, text }: ReceivedAnswer, expected: Expected): boolean =>
  status === expected.status && text === (expected.text ?? text);

const isUnavailable = ({ status, headers }: ReceivedAnswer): boolean =>
  status === 503 && headers['retry-after'] === '1' && headers['content-type'] === 'application/problem+json';

/** Sends requests at this concurrency until the time is over; resolves after the last response. */
export async function load(target: Target, concurrency: number, seconds: number, tally: Tally): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  const worker = async () => {
    while (performance.now() < end && tally.requests < MAX_REQUESTS && tally.wrong.length === 0) {
      const kind = DECK[Math.floor(Math.random() * DECK.length)] as Kind;
      const [request, expected] = kind.next();
      const start = performance.now();
      const answer = await target.ask(request);
      tally.note(kind.name, performance.now() - start, answer, expected);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
