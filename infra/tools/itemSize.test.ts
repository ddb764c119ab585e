import { MAX_ITEM_BYTES, sizeOfItem } from './itemSize';

describe('sizeOfItem', () => {
  it.each([
    ['a name and a string, in UTF-8', { ü: { S: '漢' } }, 2 + 3],
    ['a number by two digits a byte, and one', { n: { N: '123' } }, 1 + 3],
    ['a number without the zeros at its ends', { n: { N: '-0012.3400e5' } }, 1 + 3],
    ['zero', { n: { N: '0' } }, 1 + 1],
    ['binary by its bytes', { b: { B: new Uint8Array(5) } }, 1 + 5],
    ['null and booleans as a byte', { n: { NULL: true as const }, b: { BOOL: false } }, 1 + 1 + 1 + 1],
    [
      'sets by their members',
      { s: { SS: ['a', 'ü'] }, n: { NS: ['1', '22'] }, b: { BS: [new Uint8Array(2)] } },
      1 + 3 + 1 + 4 + 1 + 2,
    ],
    [
      'a list with three bytes, and one for each element',
      { l: { L: [{ S: 'ab' }, { NULL: true as const }] } },
      1 + 3 + 1 + 2 + 1 + 1,
    ],
    ['a map in the same way, with its names', { m: { M: { ab: { S: 'c' } } } }, 1 + 3 + 1 + 2 + 1],
  ])('counts %s', (_, item, bytes) => {
    expect(sizeOfItem(item)).toBe(bytes);
  });

  it('knows the limit as DynamoDB documents it', () => {
    expect(MAX_ITEM_BYTES).toBe(409_600);
  });
});
