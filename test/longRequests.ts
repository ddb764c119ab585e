/** Requests with long parts in which a parser could be quadratic; `length` is approximate, in characters. */
import type { WireRequest } from './events';

const TOKEN = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY'; // live in the sample rows

export const LONG_REQUESTS: Readonly<Record<string, (length: number) => WireRequest>> = {
  'a path': (length) => ({ path: long('/a', length) }),
  'a path of slashes': (length) => ({ path: long('/', length) }),
  'a method': (length) => ({ method: long('GET', length) }),
  'a credential': (length) => ({ headers: { Authorization: `Token ${long('a', length)}` } }),
  'a credential of spaces': (length) => ({
    headers: { Authorization: `Token${long(' ', length)}a b`, 'x-api-key': `${long('\t', length)}"` },
  }),
  'a credential of schemes': (length) => ({ headers: { 'x-api-key': long('token ', length) } }),
  'many credentials': (length) => ({ headers: { 'x-api-key': many('a', length) } }),
  'many headers': (length) => ({ headers: Object.fromEntries(many('x', length).map((name) => [name, name])) }),
  'zeros and nines': (length) => valid({ query: `limit=${long('0', length)}1&page=${long('9', length)}` }),
  'digits followed by a letter': (length) => valid({ query: `limit=${long('1', length)}x&page=-${long('1', length)}` }),
  'an id after which a page begins': (length) =>
    valid({ query: `limit=1&page=${long('9', length)}&after=${long('0', length)}3e-${long('0', length)}` }),
  'a parameter of percent signs': (length) =>
    valid({ query: `limit=${long('%', length)}&page=${long('%25', length)}` }),
  'a repeated parameter': (length) => valid({ query: long('limit=1&', length) }),
  'many parameters': (length) => valid({ query: many('x', length).join('&') }),
  'unknown parameters': (length) => valid({ query: `limit=1&page=1&x=${long('é', length)}` }),
  'an origin': (length) => valid({ headers: { Origin: long('https://', length) } }),
  'a host': (length) => valid({ query: 'limit=1&page=1', headers: { Host: long('a.', length) } }),
  'an Accept-Encoding': (length) => valid({ headers: { 'Accept-Encoding': long('gzip;q=0.1,', length) } }),
  'an Accept-Encoding of separators': (length) =>
    valid({ headers: { 'Accept-Encoding': `gzip${long(';', length)}${long(' ', length)}` } }),
  'an If-None-Match': (length) => valid({ headers: { 'If-None-Match': long('W/"a" ,', length) } }),
  'an If-None-Match of spaces': (length) => valid({ headers: { 'If-None-Match': `${long(' ', length)}x` } }),
};

const long = (unit: string, length: number): string => unit.repeat(length / unit.length);

const many = (name: string, length: number): string[] => Array.from({ length: length / 20 }, (_, i) => `${name}${i}`);

const valid = ({ headers, ...request }: WireRequest): WireRequest => ({
  ...request,
  headers: { Authorization: `Token ${TOKEN}`, ...headers },
});
