import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describeContradiction, readEvent } from './event';

describe('readEvent', () => {
  const directory = mkdtempSync(join(tmpdir(), 'event-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each(['{"a":"ü"}', '\ufeff{"a":"ü"}\n'])('reads %j', async (text) => {
    const file = join(directory, 'event.json');
    writeFileSync(file, text);
    expect(await readEvent(file, Readable.from([]))).toEqual({ a: 'ü' });
    expect(await readEvent('-', Readable.from([Buffer.from(text)]))).toEqual({ a: 'ü' });
  });

  it('names a file that it cannot parse', async () => {
    await expect(readEvent('-', Readable.from([Buffer.from('{')]))).rejects.toThrow(/^standard input: /);
    await expect(readEvent('none.json', Readable.from([]))).rejects.toThrow(/^none.json: ENOENT/);
  });
});

describe('describeContradiction', () => {
  it.each([
    [{}],
    [null],
    [[]],
    [{ rawQueryString: '' }],
    [{ rawQueryString: '', queryStringParameters: null }],
    [{ rawQueryString: 'limit=2&a=%20+', queryStringParameters: { limit: '2', a: '  ' } }],
    [{ rawQueryString: 'a=1&b=2&a=3', queryStringParameters: { b: '2', a: '1,3' } }],
    [{ rawQueryString: '?a=1', queryStringParameters: { '?a': '1' } }],
    [{ queryStringParameters: { limit: '2' } }],
    [{ httpMethod: 'GET', rawQueryString: 'limit=9', queryStringParameters: { limit: '2' } }],
  ])('finds no contradiction in %j', (event) => {
    expect(describeContradiction(event)).toBeUndefined();
  });

  it.each([
    [{ rawQueryString: 'limit=3&page=1', queryStringParameters: { limit: '2', page: '1' } }, 'limit'],
    [{ rawQueryString: '', queryStringParameters: { limit: '2', page: '1' } }, 'limit, page'],
    [{ rawQueryString: 'limit=2' }, 'limit'],
    [{ rawQueryString: 'limit=2', queryStringParameters: null }, 'limit'],
  ])('names the contradicting parameters of %j', (event, names) => {
    expect(describeContradiction(event)).toContain(`differ in ${names};`);
  });
});
