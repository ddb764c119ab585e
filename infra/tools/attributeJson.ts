/**
 * Converts DynamoDB's attributes to readable JSON and back, without loss: numbers keep all their digits, and types that
 * JSON lacks are objects with one member that names the type:
 * `{"$binary":"base64"}`, `{"$strings":[…]}`, `{"$numbers":[…]}`, `{"$binaries":[…]}`. A map with one member of such a
 * name is written as `{"$map":{…}}`.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { parse } from 'lossless-json';
import { toJsonNumber } from '../../lib/dynamodb/decimal';

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A number with its digits, which `JSON.parse` would round. */
class JsonNumber {
  constructor(readonly text: string) {}
}

/** @throws SyntaxError also for duplicate members with different values */
export const parseJson = (text: string): unknown => parse(text, undefined, (digits) => new JsonNumber(digits));

/** @throws TypeError if it is not an object, or has a value that an attribute cannot hold */
export function parseAttributes(json: unknown): Attributes {
  if (!isObject(json)) throw new TypeError('it is not a JSON object');
  for (const name of Object.keys(json)) checkUnicode(name);
  return mapValues(json, parseAttribute);
}

function parseAttribute(json: unknown): AttributeValue {
  if (json === null) return { NULL: true };
  if (typeof json === 'boolean') return { BOOL: json };
  if (typeof json === 'string') return { S: wellFormed(json) };
  if (json instanceof JsonNumber) return { N: json.text };
  if (Array.isArray(json)) return { L: json.map(parseAttribute) };
  if (!isObject(json)) throw new TypeError('it holds something that is not JSON');
  const tag = tagOf(json);
  return tag ? PARSERS[tag](json[tag]) : { M: parseAttributes(json) };
}

const PARSERS = {
  $binary: (json): AttributeValue => ({ B: parseBinary(json) }),
  $strings: (json): AttributeValue => ({ SS: list(json, '$strings').map(wellFormed) }),
  $numbers: (json): AttributeValue => ({ NS: list(json, '$numbers').map(parseNumber) }),
  $binaries: (json): AttributeValue => ({ BS: list(json, '$binaries').map(parseBinary) }),
  $map: (json): AttributeValue => ({ M: parseAttributes(json) }),
} satisfies Record<string, (json: unknown) => AttributeValue>;

type Tag = keyof typeof PARSERS;

/** Returns the name of the only member if it names a type. */
function tagOf(object: object): Tag | undefined {
  const [name, ...others] = Object.keys(object);
  return others.length === 0 && name !== undefined && Object.hasOwn(PARSERS, name) ? (name as Tag) : undefined;
}

function list(json: unknown, tag: Tag): unknown[] {
  if (!Array.isArray(json)) throw new TypeError(`${tag} must be an array`);
  return json;
}

/** @throws TypeError for half of a surrogate pair, which UTF-8 cannot write */
export function checkUnicode(text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError(`${JSON.stringify(text)} is not valid Unicode`);
}

function wellFormed(json: unknown): string {
  if (typeof json !== 'string') throw new TypeError('$strings must hold strings');
  checkUnicode(json);
  return json;
}

function parseNumber(json: unknown): string {
  if (!(json instanceof JsonNumber)) throw new TypeError('$numbers must hold numbers');
  return json.text;
}

function parseBinary(json: unknown): Uint8Array {
  const bytes = Buffer.from(typeof json === 'string' ? json : '', 'base64');
  if (bytes.toString('base64') !== json) throw new TypeError('$binary and $binaries must hold base64');
  return bytes;
}

export const isObject = (json: unknown): json is Record<string, unknown> =>
  typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof JsonNumber);

const mapValues = <From, To>(object: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));

/** Writes attributes as a JSON object, in order. @throws TypeError if one cannot be written */
export const writeAttributes = (attributes: Attributes): string =>
  `{${Object.entries(attributes)
    .map(([name, value]) => `${JSON.stringify(name)}:${writeAttribute(value, name)}`)
    .join(',')}}`;

/** @throws TypeError also for a missing value: the SDK loses that of a top-level attribute `__proto__` */
function writeAttribute(value: AttributeValue | undefined, name: string): string {
  if (value === undefined) throw new TypeError(`attribute ${JSON.stringify(name)} cannot be read`);
  if (value.S !== undefined) return JSON.stringify(value.S);
  if (value.N !== undefined) return toJsonNumber(value.N);
  if (value.BOOL !== undefined) return String(value.BOOL);
  if (value.L !== undefined) return `[${value.L.map((one) => writeAttribute(one, name)).join(',')}]`;
  if (value.M !== undefined)
    return tagOf(value.M) ? tagged('$map', writeAttributes(value.M)) : writeAttributes(value.M);
  if (value.B !== undefined) return tagged('$binary', base64(value.B));
  if (value.SS !== undefined) return tagged('$strings', JSON.stringify(value.SS));
  if (value.NS !== undefined) return tagged('$numbers', `[${value.NS.map(toJsonNumber).join(',')}]`);
  if (value.BS !== undefined) return tagged('$binaries', `[${value.BS.map(base64).join(',')}]`);
  if (value.NULL !== undefined) return 'null';
  throw new TypeError(`attribute ${JSON.stringify(name)} has an unknown type`);
}

const tagged = (tag: Tag, json: string): string => `{"${tag}":${json}}`;

const base64 = (bytes: Uint8Array): string => JSON.stringify(Buffer.from(bytes).toString('base64'));
