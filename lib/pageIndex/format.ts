/** Parses and writes a node as an item of the index's table. Other writers may have changed items. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { compareDecimals, isDecimal, toKey } from '../dynamodb/decimal';
import { type Entry, type Node, ROOT } from './node';

/** The index differs from what this version writes. Its maintenance replaces what is damaged, and counts it again. */
export class DamagedIndexError extends Error {
  override readonly name = 'DamagedIndexError';
}

const FORMAT = '1';
const MAX_LEVEL = 15; // no table needs more than five

export function formatNode(node: Node): Record<string, AttributeValue> {
  const entries = node.entries.map(({ after = null, count = null, child }) =>
    child ? [after, count, child] : [after, count],
  );
  return {
    node: { S: node.name },
    format: { S: FORMAT },
    version: { S: node.version },
    generation: { S: node.generation },
    level: { N: String(node.level) },
    entries: { S: JSON.stringify(entries) },
    ...(node.through === undefined ? {} : { through: { N: node.through } }),
    ...(node.isFrozen ? { frozen: { BOOL: true } } : {}),
  };
}

/** Parses an item. @throws DamagedIndexError if it is not a node of this format and name */
export function parseNode(item: Record<string, AttributeValue>, name: string): Node {
  const [format, version, generation] = [item.format?.S, item.version?.S, item.generation?.S];
  const level = Number(item.level?.N);
  const isLevel = Number.isInteger(level) && level >= 0 && level <= MAX_LEVEL;
  if (item.node?.S !== name || format !== FORMAT || !version || !generation || !isLevel) {
    throw new DamagedIndexError(`node ${name} is not of format ${FORMAT}`);
  }
  const entries = parseEntries(item.entries?.S, level, name);
  if (!entries) throw new DamagedIndexError(`node ${name} has malformed entries`);
  const through = item.through?.N;
  // Stryker disable next-line OptionalChaining: the entry exists, which the compiler does not know
  if (item.through && !(isDecimal(through) && comesAfter(through, entries.at(-1)?.after))) {
    throw new DamagedIndexError(`node ${name} has a malformed end`);
  }
  const isFrozen = item.frozen !== undefined;
  // Stryker disable next-line OptionalChaining: as above
  if (name === ROOT && (through !== undefined || entries[0]?.after !== undefined || isFrozen)) {
    throw new DamagedIndexError('the root does not cover all rows');
  }
  return { name, version, generation, level, entries, through, isFrozen };
}

function parseEntries(json: string | undefined, level: number, name: string): Entry[] | undefined {
  const list = parseJson(json);
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const entries: Entry[] = [];
  for (const item of list) {
    if (!Array.isArray(item)) return undefined;
    const [after, count, child]: unknown[] = item;
    const previous = entries.at(-1);
    const isAfter = isKey(after);
    const isInOrder = previous === undefined ? isAfter || after === null : isAfter && comesAfter(after, previous.after);
    const isCount = count === null || (Number.isSafeInteger(count) && (count as number) >= 0);
    const isChild = level === 0 ? child === undefined : isName(child) && child !== name;
    if (!isInOrder || !isCount || !isChild) return undefined;
    entries.push({
      after: isAfter ? after : undefined,
      count: typeof count === 'number' ? count : undefined,
      ...(typeof child === 'string' ? { child } : {}),
    });
  }
  return entries;
}

/** Returns whether DynamoDB can hold a key; it rejects queries from any other. */
const isKey = (after: unknown): after is string =>
  typeof after === 'string' && (/^-?\d{1,38}$/.test(after) || toKey(after) !== undefined);

/** Returns whether DynamoDB can hold a name; it rejects reads of keys above 2,048 bytes. Ours are 12 letters. */
const isName = (child: unknown): child is string => typeof child === 'string' && /^[ -~]{1,255}$/.test(child);

const comesAfter = (key: string, previous: string | undefined): boolean =>
  previous === undefined || compareDecimals(key, previous) > 0;

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    // not a list; the caller reports it as malformed
  }
}
