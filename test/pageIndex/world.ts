import { DeleteItemCommand, ProvisionedThroughputExceededException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type fc from 'fast-check';
import type { Sender } from '../../lib/dynamodb/session';
import { ROOT } from '../../lib/pageIndex/node';
import type { PageIndex } from '../../lib/pageIndex/store';
import { AUDIT_STATE } from '../../lib/pageIndex/upkeep/auditState';
import type { Item } from '../dynamoRequests';
import { sortedKeys } from '../keys';
import { type Carry, SimulatedDynamo } from '../simulatedDynamo';
import { MAX_AGE, type Scenario, type Weather } from './scenario';
import { INDEX_TABLE, INSTANCES, indexFor } from './smallIndex';

/** The tables, the acknowledged changes, and the scheduler. */
export class World {
  /** The initial keys. */
  readonly initial: readonly string[];
  readonly dynamo: SimulatedDynamo;
  /** By position in `dynamo.changes`: the tick of the acknowledgement. */
  readonly acknowledged = new Map<number, number>();
  /** The tick since which the index has been complete; infinite while it is not. */
  completeSince = Number.POSITIVE_INFINITY;
  /** Whether a vandal acts in this world: then the index may be incomplete at any time. */
  readonly isVandalised: boolean;
  /** The tick of the oldest counts that were restored: changes acknowledged later may be missing. Negative: wrong counts. */
  countedUntil = Number.POSITIVE_INFINITY;
  /** All items of the index ever written, with their tick. */
  readonly written: { readonly tick: number; readonly item: Item }[] = [];
  readonly #scheduler: fc.Scheduler;

  constructor(scheduler: fc.Scheduler, { initial, bytes, vandalism }: Scenario) {
    this.#scheduler = scheduler;
    this.isVandalised = vandalism.blows.length > 0;
    this.initial = initial;
    const sizes = new Map(initial.map((key, i) => [key, bytes[i % bytes.length] ?? 0]));
    const rowBytes = (key: string) => sizes.get(key) ?? 0;
    this.dynamo = new SimulatedDynamo({ rows: INSTANCES, keys: sortedKeys(initial), rowBytes, maxAge: MAX_AGE });
  }

  /** Returns the index that an actor maintains. Damage fails the scenario if there is no vandal. */
  indexFor(sender: Sender): PageIndex {
    const onDamage = (damage: Error) => {
      if (!this.isVandalised) throw new Error('a node was damaged without a vandal', { cause: damage });
    };
    return { ...indexFor(sender), onDamage };
  }

  /** Returns a client whose calls are executed at once. */
  connectAtOnce(): Sender {
    return this.dynamo.connect(async (command, execute) => {
      const answer = execute();
      this.#note(command);
      return answer;
    });
  }

  /** Waits for the caller's turn. */
  turn(): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve());
  }

  /** Runs an actor until it ends or crashes; calls of a crashed one may still be executed. */
  async run(weather: Weather, script: (sender: Sender) => Promise<void>): Promise<void> {
    const { promise: crashed, resolve: crash } = withResolvers();
    await Promise.race([script(this.connect(weather, crash)), crashed]);
  }

  connect({ turnsToWrite, faults, ages, cuts }: Weather, crash: () => void = () => {}): Sender {
    const calls = { read: 0, write: 0 };
    let end: 'before' | 'after' | undefined;
    const carry: Carry = async (command, execute) => {
      if (end) return forever();
      const on = isWrite(command) ? 'write' : 'read';
      const call = calls[on]++;
      const kind = faults.find((fault) => fault.on === on && fault.call === call)?.kind;
      const attempt = () => {
        if (this.dynamo.tick > MAX_CALLS) throw new RangeError('too many calls: an endless loop');
        const answer = execute({ age: ages[call % ages.length] ?? 0, cut: cuts[call % cuts.length] ?? 0 });
        this.#note(command);
        return answer;
      };
      const isTwice = !this.isVandalised && (kind === 'retry' || kind === 'late'); // a duplicate would restore what is deleted
      if (isTwice && kind === 'retry') this.#turns(1).then(attempt).catch(isInjected); // nothing waits for this attempt
      if (isTwice && kind === 'late') this.#turns(SLOW_TURNS).then(attempt).catch(isInjected);
      await this.#turns(kind === 'slow' ? SLOW_TURNS : on === 'write' ? turnsToWrite : 1);
      if (kind === 'crash before' || kind === 'crash after') {
        end ??= kind === 'crash before' ? 'before' : 'after';
        crash();
      }
      if (end === 'before') return forever();
      if (kind === 'fail before') throw injected();
      const answer = attempt();
      if (end === 'after') return forever();
      if (kind === 'fail after') throw injected();
      return answer;
    };
    return this.dynamo.connect(carry);
  }

  async #turns(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) await this.turn();
  }

  #note(command: unknown): void {
    if (!(command instanceof PutItemCommand) || command.input.TableName !== INDEX_TABLE) return;
    const { Item: item = {} } = command.input;
    if (item.node?.S === AUDIT_STATE) return;
    this.written.push({ tick: this.dynamo.tick, item });
    if (item.node?.S !== ROOT) return;
    const entries: unknown[][] = JSON.parse(item.entries?.S ?? '');
    const isComplete = entries.every(([, count]) => count !== null);
    this.completeSince = isComplete ? Math.min(this.completeSince, this.dynamo.tick) : Number.POSITIVE_INFINITY;
  }
}

const isWrite = (command: unknown): boolean =>
  command instanceof PutItemCommand || command instanceof DeleteItemCommand;

const SLOW_TURNS = 25;
const MAX_CALLS = 20_000; // many times the longest scenario
const forever = () => new Promise<never>(() => {}); // one each: a shared promise would keep every world in memory

function withResolvers() {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const injected = () => new ProvisionedThroughputExceededException({ message: 'injected', $metadata: {} });

export const isInjected = (error: unknown): boolean => error instanceof ProvisionedThroughputExceededException;

/** No faults. */
export const FAIR: Weather = { turnsToWrite: 1, faults: [], ages: [0], cuts: [3] };
