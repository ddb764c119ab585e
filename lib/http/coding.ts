import type { EventSource, Request } from './request';

export type Coding = 'br' | 'gzip';

/** A REST API sends base64 on to the caller unless its binary media types are set; that is the operator's to say. */
export const canBeCompressed = (source: EventSource, compressRestResponses: boolean): boolean =>
  source !== 'rest-api' || compressRestResponses;

/** The coding that a request's answer may have; undefined: send the text as it is. */
export const codingFor = ({ source, headers }: Request, compressRestResponses: boolean): Coding | undefined =>
  canBeCompressed(source, compressRestResponses) ? preferredCoding(headers.get('accept-encoding')) : undefined;

/** The coding that an `Accept-Encoding` header prefers (RFC 9110 §12.5.3); undefined: none that is known here. */
export function preferredCoding(acceptEncoding: string | undefined): Coding | undefined {
  // Stryker disable next-line StringLiteral: anything but a coding's name means that none is accepted
  const qualities = new Map((acceptEncoding ?? '').toLowerCase().split(',').map(parseEntry));
  const qualityOf = (coding: Coding): number => qualities.get(coding) ?? qualities.get('*') ?? 0;
  const best = qualityOf('br') >= qualityOf('gzip') ? 'br' : 'gzip';
  return qualityOf(best) > 0 && qualityOf(best) >= (qualities.get('identity') ?? 0) ? best : undefined;
}

function parseEntry(entry: string): [coding: string | undefined, quality: number] {
  const [coding, ...parameters] = entry.split(';').map((text) => text.trim());
  const quality = parameters.find((text) => text.startsWith('q='))?.slice(2) ?? '1';
  return [coding, /^(0\.\d{0,3}|1(\.0{0,3})?)$/.test(quality) ? Number(quality) : 0]; // what is malformed is not wanted either
}

/** Compresses text as it comes; `size` says how many bytes that has made so far. */
export type Compressor = { write(text: string): Promise<void>; end(): Promise<Buffer>; readonly size: number };

/**
 * Level 1 of either coding: 35 ms of CPU for 6 MB of list leave a fifth of them. To leave a tenth less takes several
 * times as long (docs/performance.md).
 */
export function createCompressor(coding: Coding): Compressor {
  const { constants, createBrotliCompress, createGzip } = process.getBuiltinModule('node:zlib'); // loaded when first needed
  const stream =
    coding === 'br'
      ? createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
      : createGzip({ level: 1 });
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
  });
  const finished = new Promise<Buffer>((resolve, reject) => {
    stream.on('end', () => resolve(Buffer.concat(chunks))).on('error', reject);
  });
  finished.catch(() => {}); // told to whoever awaits `write` or `end`
  return {
    write: (text) =>
      new Promise((resolve, reject) => stream.write(text, (error) => (error ? reject(error) : resolve()))),
    end: () => {
      stream.end();
      return finished;
    },
    get size() {
      return size;
    },
  };
}
