import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type Attributes, checkUnicode, isObject } from './attributeJson';

/**
 * Parses an item in DynamoDB's notation, `{"id":{"N":"1"}}`, as in `aws dynamodb scan` and exports to S3.
 *
 * @throws TypeError if it is not in this notation
 */
export function parseDynamoItem(json: unknown): Attributes {
  if (!isObject(json)) throw unknownNotation('the item');
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      checkUnicode(name);
      return [name, parseValue(value, name)];
    }),
  );
}

function parseValue(json: unknown, name: string): AttributeValue {
  const [[type, value] = [], ...others] = isObject(json) ? Object.entries(json) : [];
  const parse =
    others.length === 0 && type !== undefined && Object.hasOwn(PARSERS, type) ? PARSERS[type as Type] : undefined;
  const parsed = parse?.(value, name);
  if (!parsed) throw unknownNotation(`the attribute ${JSON.stringify(name)}`);
  return parsed;
}

type Parse = (value: unknown, name: string) => AttributeValue | undefined;

const PARSERS = {
  S: (value) => (isString(value) ? { S: value } : undefined),
  N: (value) => (isString(value) ? { N: value } : undefined),
  B: (value) => (isBase64(value) ? { B: Buffer.from(value, 'base64') } : undefined),
  BOOL: (value) => (typeof value === 'boolean' ? { BOOL: value } : undefined),
  NULL: (value) => (value === true ? { NULL: true } : undefined),
  SS: (value) => (isListOf(value, isString) ? { SS: value } : undefined),
  NS: (value) => (isListOf(value, isString) ? { NS: value } : undefined),
  BS: (value) => (isListOf(value, isBase64) ? { BS: value.map((one) => Buffer.from(one, 'base64')) } : undefined),
  L: (value, name) => (Array.isArray(value) ? { L: value.map((one) => parseValue(one, name)) } : undefined),
  M: (value) => ({ M: parseDynamoItem(value) }),
} satisfies Record<string, Parse>;

type Type = keyof typeof PARSERS;

function isString(value: unknown): value is string {
  if (typeof value === 'string') checkUnicode(value);
  return typeof value === 'string';
}

const isBase64 = (value: unknown): value is string =>
  isString(value) && Buffer.from(value, 'base64').toString('base64') === value;

const isListOf = <Item>(value: unknown, isItem: (one: unknown) => one is Item): value is Item[] =>
  Array.isArray(value) && value.every(isItem);

const unknownNotation = (what: string): TypeError =>
  new TypeError(`${what} is not in DynamoDB's notation, such as {"N":"1"}`);
