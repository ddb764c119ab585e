/** Rows of any sizes, and what counting them costs. */
import fc from 'fast-check';
import { integers } from '../../../test/keys';
import { INSTANCES, indexFor } from '../../../test/pageIndex/smallIndex';
import { SimulatedDynamo } from '../../../test/simulatedDynamo';
import { SHAPE } from '../node';

/** An index over rows of these sizes, with the keys 1, 2, 3 …, and the cost of counting them so far. */
export function over(bytes: readonly number[]) {
  const rowBytes = (key: string) => bytes[Number(key) - 1] ?? 0;
  const dynamo = new SimulatedDynamo({ rows: INSTANCES, keys: integers(bytes.length), rowBytes });
  const spent = { calls: 0, units: 0 };
  const sender = dynamo.connect(async (_, execute) => {
    const answer = execute() as { ConsumedCapacity: { CapacityUnits: number } };
    spent.calls += 1;
    spent.units += answer.ConsumedCapacity.CapacityUnits;
    return answer;
  });
  return { index: indexFor(sender, SHAPE), spent };
}

/** The cost of a strongly consistent count by DynamoDB's documentation: the sum of the sizes, in units of 4 KB. */
export const unitsOf = (bytes: readonly number[]): number =>
  Math.max(1, Math.ceil(bytes.reduce((sum, own) => sum + own, 0) / 4_096));

export const size = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(60, 200, 1_000, 4_000, 40_000, 409_600),
    fc.integer({ min: 20, max: 300 }),
    fc.integer({ min: 20, max: 30_000 }),
  );

/** Rows of one size, with others among them. */
export const sizes = (maxRows = 400): fc.Arbitrary<number[]> =>
  fc
    .record({
      length: fc.integer({ min: 1, max: maxRows }),
      usual: size(),
      others: fc.array(fc.tuple(fc.nat(maxRows), size()), { maxLength: 12 }),
    })
    .map(({ length, usual, others }) => {
      const bytes = Array<number>(length).fill(usual);
      for (const [i, other] of others) bytes[i % length] = other;
      return bytes;
    });
