import { toKey } from '../dynamodb/decimal';
import { type Refusal, RefusedError } from '../errors';

/** A requested page: `limit` instances in the order of their ids. */
export type Page = {
  readonly limit: number;
  readonly number: number;
  /** The number of instances before the page; unused with `after`. */
  readonly offset: number;
  /** The page begins after this `id` (a DynamoDB number), wherever that is now. */
  readonly after?: string;
};

const PARAMETERS = ['limit', 'page'] as const;
type Parameter = (typeof PARAMETERS)[number] | 'after';

/**
 * Parses the page that a query requests; undefined: every instance. Checks each rule for `limit` before `page`, and
 * `after` last. Clamps numbers to 2^53 - 1, more than the rows of any table.
 *
 * @throws RefusedError bad-parameter, missing-parameter, non-positive-parameter
 */
export function parsePage(query: URLSearchParams): Page | undefined {
  const given = PARAMETERS.filter((name) => query.has(name));
  for (const name of given) assertOnce(query, name);
  if (given.length === 0 && !query.has('after')) return undefined;
  for (const name of PARAMETERS) {
    if (!query.has(name)) throw refused('missing-parameter', name, 'is missing: pass both limit and page, or neither');
  }
  for (const name of PARAMETERS) {
    if (!/^-?[0-9]+$/.test(text(query, name))) throw refused('bad-parameter', name, 'is not an integer');
  }
  for (const name of PARAMETERS) {
    if (!/^[0-9]*[1-9]/.test(text(query, name))) throw refused('non-positive-parameter', name, 'must be 1 or more');
  }
  const [limit, number] = [clamp(Number(text(query, 'limit'))), clamp(Number(text(query, 'page')))];
  return { limit, number, offset: clamp((number - 1) * limit), ...parseAfter(query) };
}

function parseAfter(query: URLSearchParams): { after?: string } {
  if (!query.has('after')) return {};
  assertOnce(query, 'after');
  const after = toKey(text(query, 'after'));
  if (after === undefined)
    throw refused('bad-parameter', 'after', 'is not the id of an instance: a number of up to 38 digits');
  return { after };
}

function assertOnce(query: URLSearchParams, name: Parameter): void {
  if (query.getAll(name).length > 1) throw refused('bad-parameter', name, 'is given more than once');
}

const refused = (refusal: Refusal, parameter: Parameter, reason: string): RefusedError =>
  new RefusedError(refusal, `${parameter} ${reason}`, {}, { parameter });

/** Returns how many of `total` instances the whole list (undefined) or a page found by its number holds. */
export const countWithin = (page: Page | undefined, total: number): number =>
  page ? Math.min(page.limit, Math.max(0, total - page.offset)) : total;

const text = (query: URLSearchParams, name: Parameter): string => String(query.get(name));

const clamp = (value: number): number => Math.min(value, Number.MAX_SAFE_INTEGER);
