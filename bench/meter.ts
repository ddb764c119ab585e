import type { Sender } from '../lib/dynamodb/session';

/** What calls of DynamoDB came to. */
export type Cost = {
  readonly calls: number;
  /** The longest chain of calls that waited for each other. */
  readonly depth: number;
  readonly readUnits: number;
  /** Of these, what queries cost. */
  readonly queryUnits: number;
  readonly writeUnits: number;
  /** Of the answers, as JSON. */
  readonly bytes: number;
  readonly ms: number;
};

/** Runs something with a sender whose calls are counted. */
export async function measure(sender: Sender, run: (sender: Sender) => Promise<unknown>): Promise<Cost> {
  const cost = { calls: 0, depth: 0, readUnits: 0, queryUnits: 0, writeUnits: 0, bytes: 0 };
  const send = async (command: Parameters<Sender['send']>[0]): Promise<unknown> => {
    const depth = cost.depth + 1; // whatever has ended may have been waited for
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
