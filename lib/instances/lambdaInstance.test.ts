import fc from 'fast-check';
import { UnavailableError } from '../errors';
import { parseLambdaInstance, toJson } from './lambdaInstance';

const DIGITS_38 = '98765432109876543210987654321098765432';

describe('parseLambdaInstance', () => {
  it('reads only the three fields of a record', () => {
    const row = {
      id: { N: '7' },
      uuid: { N: '5' },
      name: { S: 'Physics' },
      secret: { S: 'x' },
      collection: { S: 'y' },
    };
    expect(parseLambdaInstance(row)).toEqual({ id: '7', uuid: '5', name: 'Physics', isDamaged: false });
  });

  it.each([
    ['no name', undefined, 'Lambda Instance', false],
    ['a null name', { NULL: true as const }, 'Lambda Instance', false],
    ['an empty name', { S: '' }, '', false],
    ['a numeric name', { N: '5' }, 'Lambda Instance', true],
    ['a list as name', { L: [] }, 'Lambda Instance', true],
  ])('reads a record with %s', (_, name, expected, isDamaged) => {
    const row = { id: { N: '1' }, uuid: { N: '1' }, ...(name ? { name } : {}) };
    expect(parseLambdaInstance(row)).toMatchObject({ name: expected, isDamaged });
  });

  it.each([
    ['0', '0'],
    ['-5', '-5'],
    ['5.0', '5'],
    ['1E+37', `1${'0'.repeat(37)}`],
    [DIGITS_38, DIGITS_38],
    [`-${DIGITS_38}`, `-${DIGITS_38}`],
  ])('writes the uuid %s as %s', (uuid, expected) => {
    expect(parseLambdaInstance({ id: { N: '1' }, uuid: { N: uuid } })).toMatchObject({
      uuid: expected,
      isDamaged: false,
    });
  });

  it.each([
    ['absent', undefined],
    ['null', { NULL: true as const }],
    ['text', { S: '5' }],
    ['a fraction', { N: '1.5' }],
    ['longer than 38 digits', { N: '1E+38' }],
    ['not a number', { N: 'x' }],
    ['a set', { NS: ['1'] }],
  ])('treats a record as damaged if its uuid is %s', (_, uuid) => {
    const row = { id: { N: '1' }, name: { S: 'n' }, ...(uuid ? { uuid } : {}) };
    expect(parseLambdaInstance(row)).toEqual({ id: '1', uuid: undefined, name: 'n', isDamaged: true });
  });

  it.each(['-5', '0.5', '-1.25', '1E+25', '9.9E-130', DIGITS_38])('keeps the digits of the id %s', (id) => {
    expect(parseLambdaInstance({ id: { N: id } }).id).toBe(id);
  });

  it.each([{}, { id: { S: '1' } }, { id: { N: 'x' } }, { id: { N: '' } }])(
    'throws UnavailableError for a row without its key: %j',
    (row) => {
      expect(() => parseLambdaInstance(row)).toThrow(
        new UnavailableError('DynamoDB answered with a row without its key'),
      );
      expect(() => parseLambdaInstance(row)).toThrow(UnavailableError);
    },
  );
});

describe('toJson', () => {
  it('writes the fields in the documented order', () => {
    expect(toJson({ id: '1', uuid: '1', name: 'Physics Lambda Instance', isDamaged: false })).toBe(
      '{"uuid":1,"name":"Physics Lambda Instance","id":1}',
    );
  });

  it('writes null for an unusable uuid', () => {
    expect(toJson({ id: '-0.5', uuid: undefined, name: 'n', isDamaged: true })).toBe(
      '{"uuid":null,"name":"n","id":-0.5}',
    );
  });

  it('preserves numbers beyond JavaScript’s precision', () => {
    expect(toJson({ id: DIGITS_38, uuid: `-${DIGITS_38}`, name: 'n', isDamaged: false })).toBe(
      `{"uuid":-${DIGITS_38},"name":"n","id":${DIGITS_38}}`,
    );
  });

  it('writes JSON that parses back to any name', () => {
    const unit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.string({ unit }), (name) => {
        expect(JSON.parse(toJson({ id: '1', uuid: '2', name, isDamaged: false }))).toEqual({ uuid: 2, name, id: 1 });
      }),
    );
  });
});
