import { spawnSync } from 'node:child_process';
import { formatTokens, toIsoTime } from './tokenList';

const token = { createdAt: undefined, expiresAt: undefined, revoked: false, revokedAt: undefined };

/** Returns how many columns of a terminal a text takes, according to the C library. */
const columnsOf = (text: string): number =>
  Number(spawnSync('wc', ['-L'], { input: text, encoding: 'utf8', env: { LC_ALL: 'C.UTF-8' } }).stdout);

describe('formatTokens', () => {
  it('aligns wide and combining characters', () => {
    const labels = ['a', '日本語', 'e\u0301', '한국', '🚀', 'ｗｉｄｅ', '-'];
    const text = formatTokens(labels.map((label) => ({ ...token, tokenId: 'x', label, createdAt: '2026' })));
    const lines = text.trimEnd().split('\n').slice(1);
    expect(lines).toHaveLength(labels.length);
    for (const line of lines)
      expect(columnsOf(line.slice(0, line.indexOf('2026')))).toBe('TOKEN ID  ｗｉｄｅ  '.length + 4);
  });

  it('escapes control characters', () => {
    const text = formatTokens([{ ...token, tokenId: '\u009b31m', label: '\u001b[31m\u202e\u2028' }]);
    expect(text).toContain('\\u009b31m');
    expect(text).toContain('\\u001b[31m\\u202e\\u2028');
  });
});

describe('toIsoTime', () => {
  it.each([
    [undefined, undefined],
    [1_790_000_000, '2026-09-21T14:13:20Z'],
    ['1790000000.5', '2026-09-21T14:13:20.500Z'],
    ['1795547038000', '+058868-08-14T10:06:40Z'],
    ['9.9E+125', '9.9E+125'],
  ])('reads %p', (seconds, time) => expect(toIsoTime(seconds)).toBe(time));
});
