/** Measures size and CPU of each coding and level, the basis of `lib/http/coding.ts`. */
import { randomInt } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { toJson } from '../lib/instances/lambdaInstance';
import { cpuMs, measureInRounds, median } from './rounds';
import { printTable } from './table';

const MEGABYTES = 6; // about the longest list that may be sent uncompressed
const ROUNDS = 5;
const CALLS = 100; // a single short list is too quick for the clock
const WORDS = 'Physics Machine Learning Data Stream Batch Spring Course Lab Test Students Cluster'.split(' ');

type Way = { readonly name: string; readonly level: number; readonly encode: (text: Buffer) => Buffer };

const gzip = (level: number): Way => ({ name: 'gzip', level, encode: (text) => gzipSync(text, { level }) });
const brotli = (level: number): Way => ({
  name: 'br',
  level,
  encode: (text) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: level } }),
});
const WAYS: readonly Way[] = [...[1, 2, 3, 4, 6, 9].map(gzip), ...[0, 1, 2, 3, 4, 5, 6].map(brotli)];

export async function benchCodings(): Promise<void> {
  await benchLevels(listOf((bytes) => bytes < MEGABYTES * 1e6));
  await benchLengths([1, 5, 10, 15, 20, 25, 50, 100]);
}

async function benchLevels(text: Buffer): Promise<void> {
  const samples = await measureInRounds(WAYS, ROUNDS, ({ encode }) => cpuMs(async () => encode(text)));
  printTable(
    `${MEGABYTES} MB of list, medians of ${ROUNDS} rounds`,
    ['coding', 'level', 'CPU, ms', 'KB', '% left'],
    WAYS.map((way) => {
      const bytes = way.encode(text).length;
      return [way.name, way.level, median(samples.get(way) ?? []), bytes / 1_024, (100 * bytes) / text.length];
    }),
  );
}

async function benchLengths(sizes: readonly number[]): Promise<void> {
  const texts = sizes.map((size) => listOf((_, count) => count < size));
  const { encode } = brotli(1);
  const samples = await measureInRounds(texts, ROUNDS, (text) =>
    cpuMs(async () => {
      for (let call = 0; call < CALLS; call += 1) encode(text);
    }),
  );
  printTable(
    `Short lists by brotli's level 1, medians of ${ROUNDS} rounds`,
    ['instances', 'bytes', 'compressed', 'CPU, ms'],
    texts.map((text, i) => [
      sizes[i] ?? '',
      text.length,
      encode(text).length,
      (median(samples.get(text) ?? []) / CALLS).toFixed(2),
    ]),
  );
}

/** Returns the JSON of a list of `length` bytes, with random uuids and names. */
function listOf(hasAnother: (bytes: number, count: number) => boolean): Buffer {
  const elements: string[] = [];
  let bytes = '{"data":[]}'.length;
  while (hasAnother(bytes, elements.length)) {
    const name = [word(), word(), 'Lambda Instance', randomInt(1_000)].join(' ');
    const element = toJson({ id: String(elements.length), uuid: String(randomInt(2 ** 31)), name, isDamaged: false });
    bytes += element.length + 1;
    elements.push(element);
  }
  return Buffer.from(`{"data":[${elements.join(',')}]}`);
}

const word = (): string => WORDS[randomInt(WORDS.length)] ?? '';
