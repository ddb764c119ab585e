import type { Partition } from '../dynamodb/partition';
import type { Sender } from '../dynamodb/session';
import { SeenNodes } from '../pageIndex/seenNodes';
import { type PageIndex, pageIndexOf } from '../pageIndex/store';
import { createTrace, type Trace } from '../trace';
import type { LambdaInstance } from './lambdaInstance';
import { Notes } from './notes';

/** The partition key's one value: all lambda instances are one collection. */
export const COLLECTION = 'lambda-instances';

/** The rows of the instances table. */
export const instancesIn = (table: string): Partition => ({
  table,
  partitionKey: { name: 'collection', value: COLLECTION },
  sortKey: 'id',
});

/** The configured table names. */
type Tables = {
  readonly instancesTable: string;
  readonly pageIndexTable: string | undefined;
  readonly readConcurrency: number;
};

/** The source from which one request reads lambda instances, and its records of doing so. */
export type Source = {
  readonly sender: Sender;
  readonly partition: Partition;
  /** Undefined: pages are found by skipping from the first row, and the total is unknown. */
  readonly index: PageIndex | undefined;
  /** The number of parts of the whole list read at once. */
  readonly concurrency: number;
  /** The time limit of the index, in milliseconds. */
  readonly patienceMs: number;
  readonly trace: Trace;
  readonly notes: Notes;
};

/** Instances in ascending order of `id`; the next batch is read when it is pulled. */
export type Batches<End> = AsyncGenerator<readonly LambdaInstance[], End>;

/**
 * Returns the source of one request.
 *
 * @param timeMs the time limit of the request, in milliseconds
 * @param seen what this process has read of the index
 */
export function openSource(
  sender: Sender,
  { instancesTable, pageIndexTable, readConcurrency }: Tables,
  { timeMs, trace = createTrace() }: { readonly timeMs: number; readonly trace?: Trace },
  seen = new SeenNodes(),
): Source {
  const partition = instancesIn(instancesTable);
  return {
    sender,
    partition,
    index: pageIndexTable ? { ...pageIndexOf(sender, pageIndexTable, partition), seen } : undefined,
    concurrency: readConcurrency,
    patienceMs: patienceFor(timeMs),
    trace,
    notes: new Notes(),
  };
}

/** A read takes some 5 ms. Waiting much longer costs more than reading without the index, which needs time as well. */
const patienceFor = (timeMs: number): number => Math.min(1_000, timeMs / 4);
