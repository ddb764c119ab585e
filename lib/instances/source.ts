import type { Partition } from '../dynamodb/partition';
import type { Sender } from '../dynamodb/session';
import type { PageIndex } from '../pageIndex/store';
import type { Trace } from '../trace';
import type { LambdaInstance } from './lambdaInstance';
import type { Notes } from './notes';

/** The partition key's one value: all lambda instances are one collection. */
export const COLLECTION = 'lambda-instances';

/** The rows of the instances table, as its writers keep them. */
export const instancesIn = (table: string): Partition => ({
  table,
  partitionKey: { name: 'collection', value: COLLECTION },
  sortKey: 'id',
});

/** Where lambda instances are read from, and where it is noted what that came to. */
export type Source = {
  readonly sender: Sender;
  readonly partition: Partition;
  /** Absent: pages are found by skipping from the first row, and the total is not known. */
  readonly index: PageIndex | undefined;
  /** How many parts of the whole list are read at once. */
  readonly concurrency: number;
  /** How long the index may take to answer, in milliseconds. */
  readonly patienceMs: number;
  readonly trace: Trace;
  readonly notes: Notes;
};

/** Takes instances in their order, batch by batch; what it throws ends the reading. */
export type Accept = (batch: readonly LambdaInstance[]) => Promise<void>;
