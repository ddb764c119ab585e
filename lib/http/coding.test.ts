import { randomBytes } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { EVENT_FORMATS } from '../../test/events';
import { canBeCompressed, codingFor, createCompressor, preferredCoding } from './coding';
import { parseEvent } from './request';

describe('preferredCoding', () => {
  it.each([
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['GZIP', 'gzip'],
    ['gzip;q=1, br;q=0.9', 'gzip'],
    ['gzip;q=0.8, br;q=0.9', 'br'],
    ['gzip;q=0.5,br;q=0.5', 'br'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['*;q=0.1, gzip;q=0', 'br'],
    ['gzip;q=0.001', 'gzip'],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
    [' gzip ; q=1.000 ', 'gzip'],
    ['deflate, gzip', 'gzip'],
    ['gzip;level=9;q=1', 'gzip'],
  ])('selects from %j: %s', (header, coding) => {
    expect(preferredCoding(header)).toBe(coding);
  });

  it.each([
    undefined,
    '',
    ',',
    'identity',
    'deflate',
    'zstd',
    'gzip;q=0',
    'gzip;q=0.000',
    '*;q=0',
    'identity, gzip;q=0.5',
    'identity;q=0.6, gzip;q=0.5, br;q=0.5',
    'gzip;q=2',
    'gzip;q=10',
    'gzip;q=10.5',
    'gzip;q=-1',
    'gzip;q=1.5',
    'gzip;q=x',
    'gzip;q=',
    'xgzip',
    'gzip br',
  ])('selects no coding from %j', (header) => {
    expect(preferredCoding(header)).toBeUndefined();
  });
});

describe.each(EVENT_FORMATS)('an answer to $name', ({ toEvent, source }) => {
  const coding = (compressRest: boolean) => {
    const request = parseEvent(toEvent({ headers: { 'Accept-Encoding': 'gzip' } }));
    return request && codingFor(request, compressRest);
  };

  it('is compressed if the caller accepts it, except for a REST API', () => {
    const isRest = source === 'rest-api';
    expect(canBeCompressed(source, false)).toBe(!isRest);
    expect(coding(false)).toBe(isRest ? undefined : 'gzip');
  });

  it('is compressed for a REST API if configured', () => {
    expect(canBeCompressed(source, true)).toBe(true);
    expect(coding(true)).toBe('gzip');
  });
});

describe('createCompressor', () => {
  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('produces valid %s from text written in pieces', async (coding, decompress) => {
    const compressor = createCompressor(coding);
    const pieces = ['', 'é', '😀'.repeat(10_000), 'x'.repeat(1_000_000)];
    for (const piece of pieces) await compressor.write(piece);
    const bytes = await compressor.end();
    expect(decompress(bytes).toString()).toBe(pieces.join(''));
    expect(compressor.size).toBe(bytes.length);
    expect(bytes.length).toBeLessThan(20_000);
  });

  it('uses the fastest gzip level, according to the header', async () => {
    const { 8: extraFlags } = await createCompressor('gzip').end();
    expect(extraFlags).toBe(4); // RFC 1952 §2.3.1: XFL
  });

  it('rejects both write and end after an error', async () => {
    const compressor = createCompressor('gzip');
    const ended = compressor.end();
    await expect(compressor.write('x')).rejects.toThrow('write after end');
    await expect(ended).rejects.toThrow('write after end');
  });

  it.each(['br', 'gzip'] as const)('reports the size of %s output before the end', async (coding) => {
    const compressor = createCompressor(coding);
    expect(compressor.size).toBeLessThan(100);
    for (let i = 0; i < 50; i += 1) await compressor.write(randomBytes(10_000).toString('hex'));
    const before = compressor.size;
    expect(before).toBeGreaterThan(0);
    expect((await compressor.end()).length).toBeGreaterThanOrEqual(before);
  });
});
