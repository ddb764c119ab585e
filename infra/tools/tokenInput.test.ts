import fc from 'fast-check';
import { TOKEN_HEADERS } from '../../lib/tokens/credential';
import { isPlaceholder, parseDuration, parseLabel, parsePastedToken } from './tokenInput';

const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';

describe('parsePastedToken', () => {
  const token = fc
    .stringMatching(/^[!#-+\--~]{1,512}$/)
    .filter((text) => !/^lit_|^(authorization|authentication|x-api-key):/i.test(text));
  const form = fc.constantFrom(
    (text: string) => text,
    (text: string) => `Token ${text}`,
    (text: string) => `Authorization: Token ${text}`,
    (text: string) => `authentication:token  ${text}`,
    (text: string) => `x-api-key: ${text}`,
    (text: string) => `X-API-Key: Token ${text}`,
    (text: string) => `"Authorization: Token ${text}"`,
  );
  const space = fc.constantFrom('', '\n', '\r\n', ' ', '\t', '\u00a0', '\ufeff', '\n\n');

  it('finds a token in each pasted form', () => {
    fc.assert(
      fc.property(token, form, space, space, (text, dress, before, after) => {
        expect(parsePastedToken(before + dress(text) + after)).toBe(text);
      }),
    );
  });

  it.each(TOKEN_HEADERS)('finds a token in the header %s', (name) => {
    expect(parsePastedToken(`${name}: Token ${TOKEN}`)).toBe(TOKEN);
  });

  it.each([
    ['', 'standard input is empty'],
    [' \n\u00a0\r\n', 'standard input is empty'],
    ['Authorization:', 'holds no token'],
    ['Authorization: Token', 'holds no token'],
    [`Authorization: ${TOKEN}`, 'holds no token'],
    [`Authorization: Bearer ${TOKEN}`, 'holds no token'],
    [`Cookie: ${TOKEN}`, 'holds no token'],
    ['x-api-key:', 'holds no token'],
    ['a b', 'holds no token'],
    ['a,b', 'holds no token'],
    ['a\u00a0b', 'holds no token'],
    ['ü', 'holds no token'],
    ['x'.repeat(513), 'holds no token'],
    ['lit_mistyped', 'holds no token'],
    [`{"token":"${TOKEN}"}`, 'holds no token'],
    ['a\nb', 'has 2 lines'],
    [`\n> lambda-instances-api@1.0.0 token\n> node token.ts create\n\n${TOKEN}\n`, "npm's banner"],
  ])('refuses %j without repeating it', (input, message) => {
    const parse = () => parsePastedToken(input);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(TOKEN);
  });
});

describe('isPlaceholder', () => {
  it.each([
    'Token',
    'TOKEN',
    'Bearer',
    'null',
    'None',
    'undefined',
    '$TOKEN',
    '$'.concat('{TOKEN}'),
    '{{token}}',
    '<token>',
    '***',
  ])('recognises %s', (text) => expect(isPlaceholder(text)).toBe(true));

  it.each([TOKEN, 'token1', 'nullify', '$2y$10$N9qo8uLOickgx2ZMRZoMye', 'a<b>', 't'])('leaves %s', (text) =>
    expect(isPlaceholder(text)).toBe(false),
  );
});

describe('parseLabel', () => {
  it.each([
    ['ci', 'ci'],
    ['  smoke test 7 ', 'smoke test 7'],
    ['two  spaces', 'two  spaces'],
    ['Zoë, Łódź', 'Zoë, Łódź'],
    ['株式会社', '株式会社'],
    ['🚀', '🚀'],
    ['🚀'.repeat(100), '🚀'.repeat(100)],
  ])('takes %j', (text, label) => expect(parseLabel(text)).toBe(label));

  it.each([
    '',
    '   ',
    '\u00a0',
    'a\u00a0b',
    'a\u2028b',
    'a\u2029b',
    'a\u3000b',
    '\u2800',
    '\u3164',
    '\u200b',
    '\u0301',
    'a\nb',
    'a\tb',
    '\u001b[31mred',
    '\u202eabc',
    'a\ud800',
    '--json',
    '-x',
    '🚀'.repeat(101),
  ])('refuses %j', (text) => {
    expect(() => parseLabel(text)).toThrow(expect.objectContaining({ code: 'commander.invalidArgument' }));
  });
});

describe('parseDuration', () => {
  it.each([
    ['1s', 1],
    ['15m', 900],
    ['12h', 43_200],
    ['90d', 7_776_000],
  ])('reads %s', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  it.each(['0d', '3w', '1', '-1d', '1.5h', '1000000s', '', ' 1d', '1d '])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow('Write it as 15m, 12h or 90d.');
  });
});
