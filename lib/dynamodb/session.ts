import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { toOutage } from './outage';

/** Anything that answers DynamoDB's commands: a client, or one request's session with it. */
export type Sender = Pick<DynamoDBClient, 'send'>;

/** What a conversation with DynamoDB has cost so far. */
export type Consumption = { calls: number; readUnits: number };

/**
 * One request's conversation with DynamoDB: its calls end when `deadline` aborts, and add their cost to `consumed`.
 * They reject with `UnavailableError` for what passes by itself, else with the original error.
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
