import { UnavailableError } from '../../lib/errors';
import { describe as describeError, explain } from './errorText';
import { printable } from './printable';

describe('describe', () => {
  it.each([
    [
      Object.assign(new Error('Not here'), { name: 'ResourceNotFoundException' }),
      'ResourceNotFoundException: Not here',
    ],
    [new AggregateError([new Error('a'), new Error('b'), new Error('a')]), 'a; b'],
    [new Error('two\n  lines'), 'two lines'],
    [new Error('red \u001b[31m'), 'red \\u001b[31m'],
    [new TypeError(''), 'TypeError'],
    ['text', 'text'],
  ])('writes %p in one line', (error, text) => {
    expect(describeError(error)).toBe(text);
  });
});

describe('explain', () => {
  it('explains the cause of an outage', async () => {
    const outage = new UnavailableError('DynamoDB did not answer', { cause: new Error('why') });
    expect(await explain(outage)).toBe('why');
  });
});

describe('printable', () => {
  it.each([
    ['text, ünïcödé and 漢字', 'text, ünïcödé and 漢字'],
    ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['left\u202eright', 'left\\u202eright'],
    ['a\nb\u2028c', 'a\\u000ab\\u2028c'],
    ['\ud800', '\\ud800'],
    ['\u{e0041}', '\\udb40\\udc41'],
  ])('writes %j as %s', (text, written) => {
    expect(printable(text)).toBe(written);
  });
});
