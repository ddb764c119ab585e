import type { Sender } from '../lib/dynamodb/session';

/** The cost of calls to DynamoDB. */
export type Cost = {
  readonly calls: number;
  /** The longest chain of sequential calls. */
  readonly depth: number;
  readonly readUnits: number;
  /** The share of queries. */
  readonly queryUnits: number;
  readonly writeUnits: number;
  /** Bytes of the responses, as JSON. */
  readonly bytes: number;
  readonly ms: number;
};

/** Runs a task with a sender that counts its calls. */
export async function measure(sender: Sender, run: (sender: Sender) => Promise<unknown>): Promise<Cost> {
  const cost = { calls: 0, depth: 0, readUnits: 0, queryUnits: 0, writeUnits: 0, bytes: 0 };
  const send = async (command: Parameters<Sender['send']>[0]): Promise<unknown> => {
    const depth = cost.depth + 1; // any completed call may be a predecessor
    cost.calls += 1;
    Object.assign(command.input, { ReturnConsumedCapacity: 'TOTAL' });
    const output: unknown = await sender.send(command);
    cost.depth = Math.max(cost.depth, depth);
    const { ConsumedCapacity: { CapacityUnits: units = 0 } = {} } = output as {
      ConsumedCapacity?: { CapacityUnits?: number };
    };
    if (/^(Put|Delete)/.test(command.constructor.name)) cost.writeUnits += units;
    else cost.readUnits += units;
    if (command.constructor.name === 'QueryCommand') cost.queryUnits += units;
    cost.bytes += JSON.stringify(output).length;
    return output;
  };
  const start = performance.now();
  await run({ send: send as Sender['send'] });
  return { ...cost, ms: performance.now() - start };
}
