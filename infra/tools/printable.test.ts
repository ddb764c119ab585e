import { toJsonLine } from './printable';

describe('toJsonLine', () => {
  it('escapes what would control the terminal, and stays the same JSON', () => {
    const value = { label: '\u001b[31m\u009b31m\u202e\u2028\u{e0001}\ud800日本語' };
    expect(toJsonLine(value)).toMatch(/^[^\p{C}\u2028]*\n$/u);
    expect(JSON.parse(toJsonLine(value))).toEqual(value);
  });
});
