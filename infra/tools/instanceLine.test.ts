import { parseJson } from './attributeJson';
import { parseInstanceLine } from './instanceLine';

const parse = (text: string) => parseInstanceLine(parseJson(text));

describe('parseInstanceLine', () => {
  it("reads a record in DynamoDB's notation, with every type", () => {
    const values =
      '"s":{"S":"x"},"n":{"N":"12345678901234567890.5"},"b":{"B":"AAE="},"y":{"BOOL":true},"z":{"NULL":true},"l":{"L":[{"S":"a"}]},' +
      '"m":{"M":{"$binary":{"S":"c"}}},"ss":{"SS":["a"]},"ns":{"NS":["1"]},"bs":{"BS":["AAE="]}';
    expect(parse(`{"Item":{"collection":{"S":"lambda-instances"},"id":{"N":"7"},"uuid":{"N":"8"},${values}}}`)).toEqual(
      {
        id: '7',
        attributes: {
          uuid: { N: '8' },
          s: { S: 'x' },
          n: { N: '12345678901234567890.5' },
          b: { B: Buffer.from([0, 1]) },
          y: { BOOL: true },
          z: { NULL: true },
          l: { L: [{ S: 'a' }] },
          m: { M: { $binary: { S: 'c' } } },
          ss: { SS: ['a'] },
          ns: { NS: ['1'] },
          bs: { BS: [Buffer.from([0, 1])] },
        },
      },
    );
  });

  it("reads a record of DynamoDB's maximum size", () => {
    const others = 'collection'.length + 'lambda-instances'.length + 'id'.length + 2 + 'uuid'.length + 2 + 't'.length;
    const text = 'x'.repeat(400 * 1024 - others);
    expect(parse(`{"id":1,"uuid":1,"t":"${text}"}`).id).toBe('1');
    expect(() => parse(`{"id":1,"uuid":1,"t":"${text}x"}`)).toThrow(
      'it has 409601 bytes, and DynamoDB holds 409600 (400 KB)',
    );
  });

  it.each([
    ['{"__proto__":1,"id":1}', 'an attribute must not be named __proto__'],
    ['{"Item":{"__proto__":{"S":"x"}}}', 'an attribute must not be named __proto__'],
    ['{"Item":1}', "the item is not in DynamoDB's notation"],
    ['{"Item":{"id":1}}', 'the attribute "id" is not in DynamoDB\'s notation, such as {"N":"1"}'],
    ['{"Item":{"id":{"N":1}}}', 'the attribute "id" is not'],
    ['{"Item":{"id":{"N":"1","S":"1"}}}', 'the attribute "id" is not'],
    ['{"Item":{"a":{"B":"?"}}}', 'the attribute "a" is not'],
    ['{"Item":{"a":{"S":"\\ud800"}}}', 'is not valid Unicode'],
    ['{"Item":{"\\ud800":{"S":""}}}', 'is not valid Unicode'],
    ['{"id":{"N":"1"},"uuid":{"N":"1"}}', `it is in DynamoDB's notation: write it as {"Item":…}`],
  ])('refuses %s', (text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });
});
