import type { Sender } from '../../dynamodb/session';
import { DamagedIndexError } from '../format';
import { entryAfter, totalOf } from '../node';
import { ensureRoot, type PageIndex } from '../store';
import { readAuditState, writeAuditState } from './auditState';
import { countUncounted } from './complete';
import { recountOrThrow } from './recount';
import { inspectRoot } from './repair';
import { sweep } from './sweep';
import { AFTER_ALL, lastKeys, leafAfter } from './walk';

/** The read units that a run may consume; it ends with the step that exceeds them. */
export type Budget = {
  /** For recounting counted blocks. */
  readonly units: number;
  /** For counting uncounted blocks: the replacements of damaged nodes, or a whole tree. */
  readonly healingUnits: number;
};

/** The result of a run. */
export type Audited = {
  readonly blocks: number;
  readonly readUnits: number;
  readonly isRoundComplete: boolean;
  /** How many rows are counted, from the first row on, if the index is still incomplete. */
  readonly healedRows?: number;
};

/**
 * Recounts the next blocks, from where the last run ended, up to the end of the round. A round corrects counts that lost
 * stream records or a restored table have made wrong, and cuts blocks that overwrites have made expensive.
 *
 * Replaces damaged nodes and counts uncounted blocks; if the root is absent or damaged, it builds a whole tree, run after
 * run. Once a tree is complete, it deletes the nodes of former trees.
 */
export async function auditNext(index: PageIndex, { units, healingUnits }: Budget): Promise<Audited> {
  const meter = metered(index.sender);
  const audited = { ...index, sender: meter.sender };
  const { entries, generation } = await ensureRoot(audited);
  const round = totalOf(entries) === undefined ? NOTHING : await recountNext(audited, generation, units, meter.units);
  let start: number | undefined;
  for await (const healedRows of countUncounted(audited)) {
    start ??= meter.units(); // a run makes one step at least
    if (meter.units() - start > healingUnits) return { ...round, readUnits: meter.units(), healedRows };
  }
  return { ...round, readUnits: meter.units() };
}

const NOTHING = { blocks: 0, isRoundComplete: false };

async function recountNext(
  index: PageIndex,
  generation: string,
  maxUnits: number,
  units: () => number,
): Promise<typeof NOTHING> {
  const state = await readAuditState(index);
  if (state.swept !== generation) await sweep(index, generation);
  let { after } = state;
  let blocks = 0;
  do {
    const leaf = await leafAfter(index, after, (key) => recountOrThrow(index, [key]));
    if (!leaf) return { blocks, isRoundComplete: true };
    // Recounts the last block of the previous slice too: small blocks join only if they are counted together.
    const first = Math.max(0, entryAfter(leaf.entries, after) - 1);
    const keys = lastKeys(leaf).slice(first, first + 1 + sliceFor(maxUnits - units(), blocks, units()));
    await recountOrThrow(index, keys);
    const end = keys.at(-1);
    after = end === AFTER_ALL ? undefined : end;
    await writeAuditState(index, { after, swept: generation });
    blocks += keys.length;
  } while (after !== undefined && units() < maxUnits);
  return { blocks, isRoundComplete: after === undefined };
}

const FIRST_SLICE = 8; // blocks; those of a table that was never audited may cost a thousand read units each

/** Returns how many blocks the rest of the budget pays for, if they cost as much as those before. */
const sliceFor = (unitsLeft: number, blocks: number, units: number): number =>
  Math.max(1, blocks === 0 ? Math.min(FIRST_SLICE, unitsLeft) : Math.floor((unitsLeft * blocks) / units));

/** Returns a sender that adds up the cost of its reads. */
function metered(sender: Sender): { sender: Sender; units: () => number } {
  let units = 0;
  const send = async (command: Parameters<Sender['send']>[0]): Promise<unknown> => {
    const output: unknown = await sender.send(command);
    units += (output as { ConsumedCapacity?: { CapacityUnits?: number } }).ConsumedCapacity?.CapacityUnits ?? 0;
    return output;
  };
  return { sender: { send: send as Sender['send'] }, units: () => units };
}

/** Returns the number of rows by the index; undefined if it is absent, damaged or incomplete. */
export async function readCount(index: PageIndex): Promise<number | undefined> {
  const root = await inspectRoot(index);
  return root && !(root instanceof DamagedIndexError) ? totalOf(root.entries) : undefined;
}
