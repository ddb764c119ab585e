/** Measures the CPU time of long requests, in which a parser could be quadratic, by length. */
import { openDatabase } from '../infra/local/database';
import { loadFunction } from '../test/builtFunction';
import { EVENT_FORMATS, type EventFormat } from '../test/events';
import { LONG_REQUESTS } from '../test/longRequests';
import { cpuMs, measureInRounds, median } from './rounds';
import { printTable } from './table';

const LENGTHS = [500_000, 4_000_000] as const;
const ROUNDS = 5;
const [HTTP_API] = EVENT_FORMATS as [EventFormat];

export async function benchParsing(): Promise<void> {
  const database = await openDatabase({});
  const list = loadFunction('listLambdaInstances', database.environment);
  const rows = [];
  for (const [name, toRequest] of Object.entries(LONG_REQUESTS)) {
    const events = LENGTHS.map((length) => HTTP_API.toEvent(toRequest(length)));
    const samples = await measureInRounds(events, ROUNDS, (event) => cpuMs(() => list.invoke(event)));
    const [short = Number.NaN, long = Number.NaN] = events.map((event) => median(samples.get(event) ?? []));
    rows.push([name, short, long, long / short]);
  }
  await list.stop();
  await database.stop();
  const [short, long] = LENGTHS.map((length) => length.toLocaleString('en'));
  printTable(
    `Long requests, medians of ${ROUNDS} rounds: linear time has a ratio of up to ${LENGTHS[1] / LENGTHS[0]}, quadratic up to ${(LENGTHS[1] / LENGTHS[0]) ** 2}`,
    ['what', `${short} characters: CPU, ms`, `${long}: CPU, ms`, 'ratio'],
    rows,
  );
}
