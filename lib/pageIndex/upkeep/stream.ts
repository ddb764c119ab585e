import type { PageIndex } from '../store';
import { recount } from './recount';

/** Which records Lambda shall deliver again: of a stream, all from the earliest of these on. */
export type BatchResponse = { readonly batchItemFailures: { readonly itemIdentifier: string }[] };

/** What became of a batch of the stream. */
export type Recounted = {
  /** How many keys were inserted or deleted. */
  readonly keys: number;
  /** The keys whose block could not be counted, with the reason. */
  readonly failed: ReadonlyMap<string, unknown>;
  readonly response: BatchResponse;
};

/**
 * Counts anew what a DynamoDB Streams event (keys are enough) says was inserted or deleted. A record is acknowledged
 * only when its block and all sums above it are written.
 *
 * @throws if a record names no key: nobody could ever count it, so it has to end among the failed batches
 */
export async function recountChanges(index: PageIndex, event: unknown): Promise<Recounted> {
  const changes = parseChanges(event, index);
  const failed = await recount(index, [...changes.keys()]);
  const batchItemFailures = [...changes].flatMap(([key, itemIdentifier]) =>
    failed.has(key) ? { itemIdentifier } : [],
  );
  return { keys: changes.size, failed, response: { batchItemFailures } };
}

/** The keys that were inserted or deleted, each with the sequence number of the first record that did so. */
function parseChanges(event: unknown, { rows }: PageIndex): Map<string, string> {
  const { Records: records } = asRecord(event);
  if (!Array.isArray(records)) throw new TypeError('this is no event of DynamoDB Streams');
  const changes = new Map<string, string>();
  for (const record of records) {
    const { eventName, dynamodb } = asRecord(record);
    const { Keys: keys, SequenceNumber: sequenceNumber } = asRecord(dynamodb);
    const partition = asRecord(asRecord(keys)[rows.partitionKey.name]).S;
    const key = asRecord(asRecord(keys)[rows.sortKey]).N;
    if (typeof partition !== 'string' || typeof key !== 'string' || typeof sequenceNumber !== 'string') {
      throw new TypeError('a stream record names no key');
    }
    const isCounted = eventName !== 'MODIFY' && partition === rows.partitionKey.value; // an overwrite changes no count
    if (isCounted && !changes.has(key)) changes.set(key, sequenceNumber);
  }
  return changes;
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
