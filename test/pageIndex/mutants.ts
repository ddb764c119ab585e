/** Replaces `from`, which must occur exactly once, in a source file of `lib`. */
export type Patch = { readonly file: string; readonly from: string; readonly to: string };

/** A mistake in the index's maintenance, and a seed that soon reveals it. */
export type Mutant = {
  readonly seed: number;
  /** The number of interleavings to skip, all of which hide it; undefined: none. */
  readonly path?: string;
  /** The sizes of rows, in bytes, if few sizes reveal it sooner. */
  readonly sizes?: readonly number[];
  readonly patches: readonly Patch[];
};

const NODE = 'pageIndex/node.ts';
const SETTLE = 'pageIndex/upkeep/settle.ts';
const STORE = 'pageIndex/store.ts';
const REPAIR = 'pageIndex/upkeep/repair.ts';
const CUT = 'pageIndex/upkeep/cut.ts';
const JOIN = 'pageIndex/upkeep/join.ts';
const WRITE_LEAF = 'const written = await writeWithin(index, leaf, counted.entries);';
const WRITE_PARENT = 'if (!toReplace) return writeWithin(index, node, entries);';

export const MUTANTS: Record<string, Mutant> = {
  'a block is counted before the version under which it is written is read': {
    seed: 2,
    patches: [
      {
        file: SETTLE,
        from: WRITE_LEAF,
        to: `const now = await readNode(index, leaf.name, { consistent: true });
             if (!now || now.isFrozen) return undefined;
             const written = await writeWithin(index, { ...leaf, version: now.version }, counted.entries);`,
      },
      {
        file: SETTLE,
        from: "import { ensureRoot, type PageIndex } from '../store';",
        to: "import { ensureRoot, type PageIndex, readNode } from '../store';",
      },
    ],
  },
  'versions restart with every node and every rebuild': {
    seed: 3,
    path: '202',
    patches: [
      {
        file: STORE,
        from: '...change, version: newId() }',
        to: '...change, version: String(Number(node.version) + 1) }',
      },
      { file: STORE, from: 'name: newId(), version: newId()', to: "name: newId(), version: '1'" },
      { file: STORE, from: '...content, version: newId(), generation', to: "...content, version: '1', generation" },
    ],
  },
  'a parent is incremented by the change of its child': {
    seed: 1,
    patches: [
      { file: SETTLE, from: 'count: totalOf(child.entries) }', to: 'count: incremented(entry.count, child) }' },
      {
        file: SETTLE,
        from: 'if (written) return written;',
        to: 'if (written) { before.set(written.version, totalOf(node.entries)); return written; }',
      },
      {
        file: SETTLE,
        from: 'async function settleLeaf(',
        to: `const before = new Map<string, number | undefined>();
             function incremented(count: number | undefined, child: Node) {
               const [total, former] = [totalOf(child.entries), before.get(child.version)];
               if (count === undefined || total === undefined || former === undefined) return total;
               return count + total - former;
             }
             async function settleLeaf(`,
      },
    ],
  },
  'a count stops where DynamoDB cuts it, as at 1 MB': {
    seed: 1,
    patches: [
      {
        file: 'dynamodb/partition.ts',
        from: 'if (total.units > maxUnits) break;',
        to: 'return { ...total, lastKey: undefined };',
      },
    ],
  },
  'a leaf is not written if its counts are unchanged': {
    seed: 3,
    patches: [
      {
        file: SETTLE,
        from: WRITE_LEAF,
        to: `const isUnchanged = JSON.stringify(counted.entries) === JSON.stringify(leaf.entries);
             const written = isUnchanged ? leaf : await writeWithin(index, leaf, counted.entries);`,
      },
    ],
  },
  'nodes are written while they are being replaced': {
    seed: 6,
    path: '1823',
    sizes: [100],
    patches: [{ file: SETTLE, from: ' || node.isFrozen) return node;', to: ') return node;' }],
  },
  'changes are acknowledged although another process has written the parent': {
    seed: 13,
    patches: [
      {
        file: SETTLE,
        from: WRITE_PARENT,
        to: 'if (!toReplace) return (await writeWithin(index, node, entries)) ?? node;',
      },
    ],
  },
  'changes are acknowledged before any parent is written': {
    seed: 1,
    patches: [
      {
        file: SETTLE,
        from: WRITE_PARENT,
        to: 'if (!toReplace) { void writeWithin(index, node, entries).catch(() => {}); return node; }',
      },
    ],
  },
  'the maintainer reads nodes that are not up to date': {
    seed: 2,
    path: '31',
    patches: [
      {
        file: REPAIR,
        from: 'orDamage(readChild(index, parent, i, { consistent: true }))',
        to: 'orDamage(readChild(index, parent, i, { consistent: false }))',
      },
    ],
  },
  'the maintainer counts rows that are not up to date': {
    seed: 30,
    patches: [
      {
        file: CUT,
        from: 'consistent: true, maxUnits }',
        to: 'consistent: false, maxUnits }',
      },
    ],
  },
  'unused new nodes are deleted, although their parent may have been written': {
    seed: 5,
    patches: [
      {
        file: 'pageIndex/upkeep/restructure.ts',
        from: 'if (isWritten) await',
        to: `if (!isWritten) await Promise.all(pieces.map(({ child = '' }) => deleteNode(index, child)));
             else await`,
      },
    ],
  },
  'nodes are deleted before their parent names their replacements': {
    seed: 1,
    patches: [
      {
        file: 'pageIndex/upkeep/restructure.ts',
        from: 'const isWritten = await writeWithin(',
        to: `await Promise.all(frozen.map(({ name }) => deleteNode(index, name)));
             const isWritten = await writeWithin(`,
      },
    ],
  },
  'a rebuild deletes the tree of a later one': {
    seed: 1,
    patches: [
      {
        file: 'pageIndex/upkeep/sweep.ts',
        from: 'if (await isOfFormerTree(index, { generation })) return;',
        to: '',
      },
    ],
  },
  'a count that ended early, as too expensive, is used for the whole block': {
    seed: 11,
    patches: [{ file: CUT, from: 'whole.lastKey === undefined && !isTooLarge', to: '!isTooLarge' }],
  },
  'a block that is cut by cost loses its last row': {
    seed: 13,
    path: '299',
    patches: [
      {
        file: CUT,
        from: 'if (piece.lastKey === undefined) return { blocks, limit: size };',
        to: 'if (piece.lastKey === undefined || piece.count < size) return { blocks, limit: size };',
      },
    ],
  },
  'blocks are cut by their rows alone': {
    seed: 1,
    patches: [{ file: CUT, from: '(count > maxRows || units > maxUnits)', to: 'count > maxRows' }],
  },
  'blocks join whatever their cost': {
    seed: 1,
    patches: [{ file: JOIN, from: 'a.units + b.units > shape.maxUnits', to: 'false' }],
  },
  'a block joins one that was not counted together with it': {
    seed: 1,
    patches: [
      {
        file: JOIN,
        from: 'a.units === undefined || b.units === undefined || a.units + b.units > shape.maxUnits',
        to: '(a.units ?? 1) + (b.units ?? 1) > shape.maxUnits',
      },
      { file: JOIN, from: 'units: a.units + b.units }', to: 'units: (a.units ?? 1) + (b.units ?? 1) }' },
      {
        file: JOIN,
        from: '!isSmall(a.count, a.units) && !isSmall(b.count, b.units)',
        to: '!isSmall(a.count, a.units ?? 1) && !isSmall(b.count, b.units ?? 1)',
      },
    ],
  },
  'small blocks do not join across the slices of an audit': {
    seed: 1,
    patches: [
      {
        file: 'pageIndex/upkeep/audit.ts',
        from: 'Math.max(0, entryAfter(leaf.entries, after) - 1)',
        to: 'entryAfter(leaf.entries, after)',
      },
    ],
  },
  'a reader uses the rows at a guessed place unchecked': {
    seed: 1,
    patches: [{ file: 'instances/listInstances.ts', from: 'early && found?.isAsGuessed', to: 'early && found' }],
  },
  'a reader compares a guessed place by its key and not by its rank': {
    seed: 1,
    patches: [
      {
        file: 'pageIndex/find.ts',
        from: 'guess?.place?.rank === rank && guess.place.after',
        to: 'guess?.place !== undefined && guess.place.after',
      },
    ],
  },
  'a damaged node is replaced by one that counts as empty': {
    seed: 2,
    patches: [
      { file: REPAIR, from: 'const block = { after, count: undefined };', to: 'const block = { after, count: 0 };' },
    ],
  },
  'the sum above a damaged node stays when it is replaced': {
    seed: 4,
    patches: [
      {
        file: SETTLE,
        from: 'entries[i] = await replaceDamaged(index, node, i, child);',
        to: 'entries[i] = { ...(await replaceDamaged(index, node, i, child)), count: entry.count };',
      },
    ],
  },
  'changes below a damaged root are acknowledged, and the root left as it is': {
    seed: 3,
    patches: [
      {
        file: SETTLE,
        from: 'root instanceof DamagedIndexError ? ensureRoot(index) : root',
        to: 'root instanceof DamagedIndexError ? undefined : root',
      },
    ],
  },
  'a step of the healing drops the rows that it has not reached': {
    seed: 1,
    patches: [
      {
        file: 'pageIndex/upkeep/count.ts',
        from: 'rest ? [{ after: rest.after, count: undefined }] : []',
        to: '[]',
      },
    ],
  },
  'readers treat uncounted blocks as empty': {
    seed: 4,
    patches: [
      {
        file: NODE,
        from: 'if (count === undefined || rank + count > offset) break;',
        to: 'if (rank + (count ?? 0) > offset) break;',
      },
      { file: NODE, from: 'rank += count;', to: 'rank += count ?? 0;' },
      { file: 'pageIndex/find.ts', from: 'if (!isCounted) throw', to: 'if (!isCounted && !node) throw' },
    ],
  },
  'a node is accepted as a child whatever its range': {
    seed: 2,
    patches: [{ file: STORE, from: 'if (node && !isChildOf(node, parent, i))', to: 'if (node && !isChildOf)' }],
  },
  'an audit that finds a damaged root does without an index': {
    seed: 1,
    patches: [
      {
        file: 'pageIndex/upkeep/audit.ts',
        from: 'const { entries, generation } = await ensureRoot(audited);',
        to: `const root = await readNode(audited, ROOT, { consistent: true }).catch(() => undefined);
             if (!root) return { ...NOTHING, isRoundComplete: true, readUnits: meter.units() };
             const { entries, generation } = root;`,
      },
      {
        file: 'pageIndex/upkeep/audit.ts',
        from: "import { ensureRoot, type PageIndex } from '../store';",
        to: "import { type PageIndex, readNode } from '../store'; import { ROOT } from '../node';",
      },
    ],
  },
};
