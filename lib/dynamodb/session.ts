import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toOutage } from './outage';

/** Sends DynamoDB's commands: a client, or a request's session. */
export type Sender = Pick<DynamoDBClient, 'send'>;

/** The cost of a session so far. */
export type Consumption = { calls: number; readUnits: number };

/**
 * Returns the session of one request: its calls abort with `deadline` and add their cost to `consumed`. They reject with
 * `UnavailableError` for transient failures, otherwise with the original error.
 */
export function openSession(client: Sender, deadline: AbortSignal, consumed: Consumption): Sender {
  const send = async (command: Parameters<Sender['send']>[0]) => {
    consumed.calls += 1;
    try {
      const output: unknown = await client.send(command, { abortSignal: deadline });
      consumed.readUnits += readUnits(output);
      return output;
    } catch (error) {
      throw toOutage(error);
    }
  };
  return { send: send as Sender['send'] };
}

function readUnits(output: unknown): number {
  const capacity = (output as { ConsumedCapacity?: { CapacityUnits?: number } } | undefined)?.ConsumedCapacity;
  return capacity?.CapacityUnits ?? 0;
}
