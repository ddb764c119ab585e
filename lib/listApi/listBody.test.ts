import { randomBytes } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { maxResponseBytes } from '../http/answer';
import type { Coding } from '../http/coding';
import { type FinishedBody, ListBody } from './listBody';

const TOO_LARGE = expect.objectContaining({
  refusal: 'response-too-large',
  message: 'The list does not fit into one response: pass limit and page, or a smaller limit',
});

async function build(batches: readonly (readonly string[])[], coding?: Coding): Promise<FinishedBody> {
  const body = new ListBody('http-api', coding);
  for (const batch of batches) await body.add(batch);
  return body.finish();
}

const repeated = (length: number): string => 'x'.repeat(length);

describe('the body of a list', () => {
  it.each([
    [[], '{"data":[]}'],
    [[['1']], '{"data":[1]}'],
    [[['1', '2'], ['3']], '{"data":[1,2,3]}'],
    [[[], ['1'], [], ['2'], []], '{"data":[1,2]}'],
  ])('joins the batches %j', async (batches, content) => {
    expect(await build(batches)).toEqual({
      content,
      coding: undefined,
      etag: expect.stringMatching(/^W\/"[\w-]{22}"$/),
    });
  });

  it('has an entity tag that depends only on its text', async () => {
    const one = await build([['1', '2', `"${repeated(2_000)}"`]]);
    const same = await build([['1'], ['2'], [], [`"${repeated(2_000)}"`]], 'gzip');
    const other = await build([['1', '3', `"${repeated(2_000)}"`]]);
    expect(same.coding).toBe('gzip');
    expect(same.etag).toBe(one.etag);
    expect(other.etag).not.toBe(one.etag);
  });

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const)('is compressed as %s if longer than a packet', async (coding, decompress) => {
    const framing = '{"data":[]}'.length;
    expect(await build([[repeated(1_400 - framing)]], coding)).toMatchObject({ coding: undefined });
    const { content, coding: used } = await build([[repeated(1_401 - framing)]], coding);
    expect(used).toBe(coding);
    expect(decompress(content as Buffer).toString()).toBe(`{"data":[${repeated(1_401 - framing)}]}`);
    const inPieces = await build([[repeated(700)], [repeated(700)], ['1']], coding);
    expect(decompress(inPieces.content as Buffer).toString()).toBe(`{"data":[${repeated(700)},${repeated(700)},1]}`);
  });

  it.each(['http-api', 'rest-api', 'alb', 'alb-multi-value'] as const)(
    'is refused for %s as soon as its text exceeds the limit',
    async (source) => {
      const max = maxResponseBytes(source);
      const body = new ListBody(source, undefined);
      await body.add([repeated(max - '{\\"data\\":['.length)]);
      await expect(body.add([''])).rejects.toEqual(TOO_LARGE);
    },
  );

  it('counts bytes as sent: UTF-8, escaped', async () => {
    const max = maxResponseBytes('alb');
    for (const unit of ['"', '\\', 'é', '😀', '\u0001']) {
      const bytes = Buffer.byteLength(JSON.stringify(unit)) - 2;
      const body = new ListBody('alb', undefined);
      await body.add([unit.repeat(Math.floor((max - 20) / bytes))]);
      await expect(body.add([unit.repeat(20)])).rejects.toEqual(TOO_LARGE);
    }
  });

  it('is refused midway if its compressed size exceeds the limit', async () => {
    const body = new ListBody('alb', 'gzip');
    const add = () => body.add([`"${randomBytes(100_000).toString('base64')}"`]);
    await expect(
      (async () => {
        for (let i = 0; i < 20; i += 1) await add();
      })(),
    ).rejects.toEqual(TOO_LARGE);
  });

  it('counts its compressed size as base64', async () => {
    const body = new ListBody('alb', 'gzip');
    for (let i = 0; i < 14; i += 1) await body.add([`"${randomBytes(50_000).toString('base64')}"`]);
    const { content } = await body.finish();
    expect(content.length).toBeGreaterThan(700_000);
  });

  it('is accepted if its compressed size fits', async () => {
    const element = `{"uuid":1,"name":"Lambda Instance","id":1}`;
    const { content } = await build(
      Array.from({ length: 200 }, () => Array.from({ length: 1_000 }, () => element)),
      'gzip',
    );
    expect(content.length).toBeLessThan(1_000_000);
    expect(gunzipSync(content as Buffer).length).toBeGreaterThan(8_000_000);
  });

  it('is refused beyond 24 MiB of text, however small its compressed size', async () => {
    const max = 24 * 2 ** 20;
    const element = repeated(2 ** 20 - 1); // 1 MiB with its comma
    const body = new ListBody('http-api', 'br');
    for (let mebibyte = 1; mebibyte < 24; mebibyte += 1) await body.add([element]);
    await body.add([repeated(2 ** 20 - '{"data":[]}'.length)]); // the first element has no comma
    const { content } = await body.finish();
    expect(brotliDecompressSync(content as Buffer).length).toBe(max);
    expect(content.length).toBeLessThan(1_000_000);

    const larger = new ListBody('http-api', 'br');
    for (let mebibyte = 1; mebibyte < 24; mebibyte += 1) await larger.add([element]);
    await larger.add([repeated(2 ** 20 - '{"data":[]}'.length + 1)]);
    await expect(larger.finish()).rejects.toEqual(TOO_LARGE);
  });
});
