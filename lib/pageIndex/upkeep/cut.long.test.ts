import fc from 'fast-check';
import type { Keys } from '../../../test/keys';
import { INSTANCES, indexFor } from '../../../test/pageIndex/smallIndex';
import { SimulatedDynamo } from '../../../test/simulatedDynamo';
import { formatNode } from '../format';
import { type Entry, type Node, SHAPE } from '../node';
import { recountBlocks } from './count';
import { over, sizes } from './rowSizes.testing';
import { lastKeys } from './walk';

describe('a leaf whose blocks were cut by rows alone, by an earlier version', () => {
  const BASE = 12_345_678_901_234_567_890_123_456_789_012_345_678n; // ids of 38 digits
  const keyAt = (position: number) => String(BASE + BigInt(position));
  const keys: Keys = {
    size: SHAPE.maxEntries * SHAPE.maxRows,
    at: keyAt,
    upTo: (key) => Number(BigInt(key) - BASE) + 1,
  };

  it.each([1_000, 4_000, 40_000])(
    'stays below DynamoDB’s 400 KB if all blocks are cut at once, with rows of %d bytes',
    async (rowBytes) => {
      const dynamo = new SimulatedDynamo({ rows: INSTANCES, keys, rowBytes });
      const entries = Array.from({ length: SHAPE.maxEntries }, (_, i) => ({
        after: i === 0 ? undefined : keyAt(i * SHAPE.maxRows - 1),
        count: SHAPE.maxRows,
      }));
      const leaf: Node = { ...LEAF, entries, through: keyAt(keys.size - 1) };
      const counted = await recountBlocks(indexFor(dynamo.connect(), SHAPE), leaf, lastKeys(leaf));
      expect(counted.entries.length).toBeGreaterThan(3 * SHAPE.maxEntries);
      const item = formatNode({ ...leaf, entries: counted.entries });
      expect(JSON.stringify(item).length).toBeLessThan(400 * 1024);
      expect(counted.entries.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(keys.size);
    },
  );
});

describe('unchanged blocks', () => {
  it('stay as they are once small ones are joined, whichever of them are recounted', async () => {
    await fc.assert(
      fc.asyncProperty(sizes(150), fc.infiniteStream(fc.boolean()), async (bytes, chosen) => {
        const { index } = over(bytes);
        const recounted = async (entries: readonly Entry[], isCounted: () => boolean) => {
          const leaf: Node = { ...LEAF, entries };
          return (await recountBlocks(index, leaf, lastKeys(leaf).filter(isCounted))).entries;
        };
        let entries: readonly Entry[] = [{ after: undefined, count: 0 }];
        const numbers: number[] = [];
        for (let round = 1; round <= 5; round += 1) {
          entries = await recounted(entries, () => true);
          numbers.push(entries.length);
        }
        expect(numbers.slice(1)).toEqual([...numbers.slice(1)].sort((a, b) => b - a));
        expect(numbers.at(-1)).toBe(numbers.at(-2));
        for (let n = 0; n < 5; n += 1) {
          expect(await recounted(entries, () => chosen.next().value)).toEqual(entries);
        }
      }),
    );
  });
});

const LEAF = { name: 'leaf', version: 'v', generation: 'g', level: 0, through: undefined, isFrozen: false };
