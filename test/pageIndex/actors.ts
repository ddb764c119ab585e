import assert from 'node:assert/strict';
import { DeleteItemCommand, PutItemCommand, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Sender } from '../../lib/dynamodb/session';
import { DamagedIndexError } from '../../lib/pageIndex/format';
import { ROOT } from '../../lib/pageIndex/node';
import { auditNext } from '../../lib/pageIndex/upkeep/audit';
import { recountChanges } from '../../lib/pageIndex/upkeep/stream';
import { type Drift, verify } from '../../lib/pageIndex/upkeep/verify';
import type { Item } from '../dynamoRequests';
import { rebuildAll } from '../rebuildAll';
import { COPY, DAMAGES, INVISIBLE } from './damages';
import { type Blow, type Delivery, RESTORED, type Scenario, type Write } from './scenario';
import { INDEX_TABLE, INSTANCES, keyOf } from './smallIndex';
import { FAIR, isInjected, type World } from './world';

type Of<Actors extends keyof Scenario> = Scenario[Actors] extends readonly (infer Actor)[] ? Actor : never;

/** Another system that writes rows, with its own client. */
export async function write(world: World, writes: Of<'writers'>): Promise<void> {
  for (const { kind, manner, keys, bytes } of writes) {
    if (manner === 'transaction') await world.turn();
    const sender = manner === 'transaction' ? world.dynamo.connect() : world.connect(FAIR);
    if (manner === 'single') for (const key of keys) await send(sender, kind, key, bytes);
    else await Promise.all(keys.map((key) => send(sender, kind, key, bytes)));
  }
}

function send(sender: Sender, kind: Write['kind'], key: string, bytes: number): Promise<unknown> {
  return kind === 'put'
    ? sender.send(
        new PutItemCommand({ TableName: INSTANCES.table, Item: { ...keyOf(key), bytes: { N: String(bytes) } } }),
      )
    : sender.send(new DeleteItemCommand({ TableName: INSTANCES.table, Key: keyOf(key) }));
}

/** Lambda, which delivers the stream to the production function. */
export const maintain = (world: World, { steps, weather }: Of<'maintainers'>): Promise<void> =>
  world.run(weather, async (sender) => {
    for (const delivery of steps) {
      await world.turn();
      await deliver(world, sender, recordsOf(world, delivery));
    }
  });

/** Delivers all records that are not acknowledged. */
export async function drain(world: World): Promise<void> {
  for (let open = unacknowledged(world); open.length > 0; open = unacknowledged(world)) {
    await deliver(world, world.connect(FAIR), open.slice(0, 10));
  }
}

const unacknowledged = ({ dynamo, acknowledged }: World): number[] =>
  [...dynamo.changes.keys()].filter((i) => !acknowledged.has(i));

function recordsOf(world: World, { skip, size, isReversed }: Delivery): number[] {
  const start = Math.max(0, (unacknowledged(world)[0] ?? world.dynamo.changes.length) + skip);
  const records = [...world.dynamo.changes.keys()].slice(start, start + size);
  return isReversed ? records.reverse() : records;
}

async function deliver(world: World, sender: Sender, records: readonly number[]): Promise<void> {
  const { dynamo, acknowledged } = world;
  const Records = records.map((i) => ({
    eventName: dynamo.changes[i]?.eventName,
    dynamodb: { Keys: keyOf(dynamo.changes[i]?.key ?? ''), SequenceNumber: String(i) },
  }));
  const { failed, response } = await recountChanges(world.indexFor(sender), { Records });
  for (const error of failed.values()) assertInjected(error);
  const firstFailed = Math.min(...response.batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier)));
  for (const i of records) if (i < firstFailed && !acknowledged.has(i)) acknowledged.set(i, dynamo.tick);
}

/** Only an injected fault may prevent a block from being counted. */
function assertInjected(error: unknown): void {
  if (!isInjected(error)) throw new Error('a block could not be counted', { cause: error });
}

export const audit = (world: World, { steps, weather }: Of<'audits'>): Promise<void> =>
  world.run(weather, async (sender) => {
    for (const { maxUnits } of steps) {
      await world.turn();
      await unlessInjected(auditNext(world.indexFor(sender), { units: maxUnits, healingUnits: maxUnits }));
    }
  });

export const build = (world: World, { weather }: Of<'rebuilds'>): Promise<void> =>
  world.run(weather, async (sender) => {
    await world.turn();
    const since = world.dynamo.tick;
    const isOvertaken = (error: unknown) => error instanceof DamagedIndexError && world.completeSince > since;
    await unlessInjected(rebuildAll(world.indexFor(sender)), isOvertaken);
  });

/** A vandal, who damages items of the index. */
export async function vandalise(world: World, blows: readonly Blow[]): Promise<void> {
  for (const { kind, item: i, other } of blows) {
    await world.turn();
    const client = world.dynamo.connect();
    const Items = await itemsInOrder(world, client);
    const [item, another] = [Items[i % Items.length], Items[other % Items.length]];
    const former = world.written[i % world.written.length];
    if (!item?.node || !another || !former) continue;
    const changed = kind === RESTORED ? former.item : DAMAGES[kind]?.(item, another);
    if (kind in INVISIBLE) world.countedUntil = -1;
    const copied = kind === RESTORED ? former : world.written.findLast((one) => one.item.node?.S === another.node?.S);
    if (kind === RESTORED || kind in COPY) world.countedUntil = Math.min(world.countedUntil, copied?.tick ?? 0);
    if (changed) await client.send(new PutItemCommand({ TableName: INDEX_TABLE, Item: changed }));
    else await client.send(new DeleteItemCommand({ TableName: INDEX_TABLE, Key: { node: item.node } }));
    if (changed?.node?.S === ROOT || item.node.S === ROOT) world.completeSince = Number.POSITIVE_INFINITY;
  }
}

/** Returns the items of the index in the order of their last write: names are random, and a seed has to repeat a failure. */
async function itemsInOrder({ written }: World, client: Sender): Promise<Item[]> {
  const { Items = [] }: ScanCommandOutput = await client.send(new ScanCommand({ TableName: INDEX_TABLE }));
  const lastWrite = new Map(written.map(({ item }, i) => [item.node?.S, i]));
  const positionOf = ({ node }: Item) => lastWrite.get(node?.S) ?? -1;
  return Items.sort((a, b) => positionOf(a) - positionOf(b));
}

/** An operator, who must find no drift while changes are merely not counted yet. */
export const check = (world: World, { weather }: Of<'verifiers'>): Promise<void> =>
  world.run(weather, async (sender) => {
    await world.turn();
    const since = world.dynamo.tick;
    const drifts: Drift[] = [];
    const look = async () => {
      for await (const step of verify(world.indexFor(sender), () => drain(world))) drifts.push(...step.drifts);
    };
    const isIncomplete = () => world.isVandalised || world.completeSince > since;
    await unlessInjected(look(), (error) => error instanceof DamagedIndexError && isIncomplete());
    assert(drifts.length === 0 || isIncomplete(), 'drift is reported although counts only lag');
  });

async function unlessInjected(work: Promise<unknown>, isExpected = (_error: unknown) => false): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isInjected(error) && !isExpected(error)) throw error;
  }
}
