import type { PageIndex } from '../store';
import { recount } from './recount';

/** The records that Lambda delivers again: of a stream, all from the earliest of these on. */
export type BatchResponse = { readonly batchItemFailures: { readonly itemIdentifier: string }[] };

/** The result of a batch of the stream. */
export type Recounted = {
  /** The number of keys that were inserted or deleted. */
  readonly keys: number;
  /** The keys whose block could not be counted, with the reason. */
  readonly failed: ReadonlyMap<string, unknown>;
  readonly response: BatchResponse;
};

/**
 * Recounts the blocks of all keys that a DynamoDB Streams event (`KEYS_ONLY` suffices) reports as inserted or deleted.
 * Acknowledges a record only after its block and all sums above it are written.
 *
 * @throws TypeError if a record lacks its key: it can never be counted, so it must end up among the failed batches
 */
export async function recountChanges(index: PageIndex, event: unknown): Promise<Recounted> {
  const changes = parseChanges(event, index);
  const failed = await recount(index, [...changes.keys()]);
  const batchItemFailures = [...changes].flatMap(([key, itemIdentifier]) =>
    failed.has(key) ? { itemIdentifier } : [],
  );
  return { keys: changes.size, failed, response: { batchItemFailures } };
}

/** Returns the keys that were inserted or deleted, each with the sequence number of its first record. */
function parseChanges(event: unknown, { rows }: PageIndex): Map<string, string> {
  const { Records: records } = asRecord(event);
  if (!Array.isArray(records)) throw new TypeError('the event is not from DynamoDB Streams');
  const changes = new Map<string, string>();
  for (const record of records) {
    const { eventName, dynamodb } = asRecord(record);
    const { Keys: keys, SequenceNumber: sequenceNumber } = asRecord(dynamodb);
    const partition = asRecord(asRecord(keys)[rows.partitionKey.name]).S;
    const key = asRecord(asRecord(keys)[rows.sortKey]).N;
    if (typeof partition !== 'string' || typeof key !== 'string' || typeof sequenceNumber !== 'string') {
      throw new TypeError('a stream record lacks its key');
    }
    const isCounted = eventName !== 'MODIFY' && partition === rows.partitionKey.value; // an overwrite changes no count
    if (isCounted && !changes.has(key)) changes.set(key, sequenceNumber);
  }
  return changes;
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
