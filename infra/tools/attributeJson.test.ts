import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { parseAttributes, parseJson, writeAttributes } from './attributeJson';

const parse = (text: string) => parseAttributes(parseJson(text));

const bytes = fc.uint8Array({ maxLength: 8 }).map((array): Uint8Array => Buffer.from(array));
const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,37})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?$/);
const names = fc.oneof(
  fc.constantFrom('$binary', '$strings', '$numbers', '$binaries', '$map', '$other', '__proto__', 'constructor', '1'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }),
);
const { value: attribute } = fc.letrec<{ value: AttributeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }).map((S) => ({ S })),
    digits.map((N) => ({ N })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant<AttributeValue>({ NULL: true }),
    bytes.map((B) => ({ B })),
    fc.array(fc.string()).map((SS) => ({ SS })),
    fc.array(digits).map((NS) => ({ NS })),
    fc.array(bytes).map((BS) => ({ BS })),
    fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(names, tie('value'), { maxKeys: 3, noNullPrototype: true }).map((M) => ({ M })),
  ),
}));

describe('attributes as JSON', () => {
  it('are parsed back unchanged', () => {
    fc.assert(
      fc.property(fc.dictionary(names, attribute, { maxKeys: 5, noNullPrototype: true }), (attributes) => {
        expect(parse(writeAttributes(attributes))).toEqual(attributes);
      }),
    );
  });

  it('are valid JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(names, attribute, { maxKeys: 5, noNullPrototype: true }), (attributes) => {
        expect(Object.keys(JSON.parse(writeAttributes(attributes)))).toEqual(Object.keys(attributes));
      }),
    );
  });

  it.each([
    ['{"a":12345678901234567890123456789012345678}', { N: '12345678901234567890123456789012345678' }],
    ['{"a":-0.1000}', { N: '-0.1000' }],
    ['{"a":1e125}', { N: '1e125' }],
    ['{"a":"1"}', { S: '1' }],
    ['{"a":null}', { NULL: true }],
    ['{"a":[true,{"b":{}}]}', { L: [{ BOOL: true }, { M: { b: { M: {} } } }] }],
    ['{"a":{"$binary":"AAEC"}}', { B: Buffer.from([0, 1, 2]) }],
    ['{"a":{"$binary":"AAEC","b":1}}', { M: { $binary: { S: 'AAEC' }, b: { N: '1' } } }],
    ['{"a":{"$map":{"$binary":"AAEC"}}}', { M: { $binary: { S: 'AAEC' } } }],
    ['{"a":{"$numbers":[1,2.50]}}', { NS: ['1', '2.50'] }],
  ] as const)('reads %s', (text, value) => {
    expect(parse(text)).toEqual({ a: value });
  });

  it.each([
    ['[]', 'not a JSON object'],
    ['1', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{"a":1,"a":2}', "Duplicate key 'a'"],
    ['{"a":01}', 'expected'],
    ['{"a":"\\ud800"}', '"\\ud800" is not valid Unicode'],
    ['{"\\ud800":1}', '"\\ud800" is not valid Unicode'],
    ['{"a":{"b":{"\\udc00x":1}}}', '"\\udc00x" is not valid Unicode'],
    ['{"a":{"$map":{"\\ud800":1}}}', '"\\ud800" is not valid Unicode'],
    ['{"a":{"$binary":"AAE"}}', 'base64'],
    ['{"a":{"$binary":1}}', 'base64'],
    ['{"a":{"$binaries":["?"]}}', 'base64'],
    ['{"a":{"$strings":"x"}}', '$strings must be an array'],
    ['{"a":{"$strings":[1]}}', '$strings must hold strings'],
    ['{"a":{"$strings":["\\ud800"]}}', '"\\ud800" is not valid Unicode'],
    ['{"a":{"$numbers":["1"]}}', '$numbers must hold numbers'],
    ['{"a":{"$map":1}}', 'not a JSON object'],
  ])('refuses %s', (text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  it.each([
    ['a value is missing', { a: undefined }, 'attribute "a" cannot be read'],
    ['a type is unknown', { a: { L: [{ $unknown: ['X', 1] }] } }, 'attribute "a" has an unknown type'],
  ])('are not written if %s', (_, value, reason) => {
    const attributes = Object.fromEntries(Object.entries(value)) as Record<string, AttributeValue>;
    expect(() => writeAttributes(attributes)).toThrow(reason);
  });
});
