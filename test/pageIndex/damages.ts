import type { AttributeValue } from '@aws-sdk/client-dynamodb';

type Item = Readonly<Record<string, AttributeValue>>;

/** Damages an item of the index, given another one. Returns undefined to delete it. */
type Damage = (item: Item, other: Item) => Item | undefined;

const entriesOf = ({ entries }: Item): unknown[][] => {
  try {
    return JSON.parse(entries?.S ?? '[]');
  } catch {
    return []; // it was damaged before
  }
};

const withEntries = (item: Item, entries: readonly unknown[]): Item => ({
  ...item,
  entries: { S: JSON.stringify(entries) },
});

/** Counts stay right: a later blow to the same node may hide this one. */
const sumOf = (item: Item): number | null => {
  const counts = entriesOf(item).map(([, count]) => count);
  return counts.includes(null) ? null : counts.reduce<number>((sum, count) => sum + Number(count), 0);
};

/** Changes one entry, chosen by the other item. */
const withEntry = (item: Item, other: Item, change: (entry: unknown[]) => unknown[]): Item => {
  const entries = entriesOf(item);
  const chosen = entriesOf(other).length % entries.length;
  return withEntries(
    item,
    entries.map((entry, i) => (i === chosen ? change(entry) : entry)),
  );
};

const withChild = (item: Item, child: string | undefined, position: number): Item =>
  withEntries(
    item,
    entriesOf(item).map((entry, i, { length }) =>
      i === (length + position) % length ? [entry[0], entry[1], child] : entry,
    ),
  );

/** Damages that readers and maintainers recognise. */
export const VISIBLE: Readonly<Record<string, Damage>> = {
  'is gone': () => undefined,
  'names another as its first child': (item, { node }) => withChild(item, node?.S, 0),
  'names another as its last child': (item, { node }) => withChild(item, node?.S, -1),
  'names only itself': (item) => withEntries(item, [[entriesOf(item)[0]?.[0], sumOf(item), item.node?.S]]),
  'ends before its last row': ({ through, ...item }) => ({
    ...item,
    ...(through?.N ? { through: { N: String(Number(through.N) - 0.5) } } : {}),
  }),
  'is of another level': (item) => ({ ...item, level: { N: String((Number(item.level?.N) || 0) + 1) } }),
  'is of another generation': (item) => ({ ...item, generation: { S: 'former' } }),
  'is of another format': (item) => ({ ...item, format: { S: '2' } }),
  'has no version': ({ version: _, ...item }) => item,
  'has nothing but its name': ({ node }) => (node ? { node } : undefined),
  'has half of its entries': (item) => ({
    ...item,
    entries: { S: item.entries?.S?.slice(0, item.entries.S.length / 2) ?? '' },
  }),
  'has a key beyond what DynamoDB holds': (item) => withEntries(item, [...entriesOf(item), ['1e200', 0]]),
  'has an uncounted entry': (item, other) => withEntry(item, other, ([after, , ...child]) => [after, null, ...child]),
  'has lost its first entry': (item) => withEntries(item, entriesOf(item).slice(1)),
};

/** Damages that only counting reveals. */
export const INVISIBLE: Readonly<Record<string, Damage>> = {
  'has a wrong count': (item, other) =>
    withEntry(item, other, ([after, count, ...child]) => [after, Number(count) + 3, ...child]),
  'has lost an entry in the middle': (item) =>
    withEntries(
      item,
      entriesOf(item).filter((_, i) => i !== 1),
    ),
};

/** Replaces the content by that of another item: of another place, or of the same place at an earlier time. */
export const COPY: Readonly<Record<string, Damage>> = {
  'is a copy of another': ({ node }, other) => ({ ...other, ...(node ? { node } : {}) }),
};

export const DAMAGES = { ...VISIBLE, ...INVISIBLE, ...COPY };
