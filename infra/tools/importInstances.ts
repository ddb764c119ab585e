import type { Attributes } from './attributeJson';
import { describe } from './errorText';
import { type InstanceLine, parseInstanceLine } from './instanceLine';
import type { Found } from './readRecords';
import { ToolError } from './toolError';
import { appendInstance, mergeInstance, replaceInstance, type Target } from './writeInstance';

export type ImportOptions = {
  /** Whether a record takes the place of the one with its id, rather than be merged into it. */
  readonly replace: boolean;
  /** Told of each record that was refused: where it was found, and why. */
  readonly refuse: (place: string, reason: string) => void;
  /** Told how many have been loaded, whenever one more is. */
  readonly advance: (loaded: number) => void;
};

/**
 * Loads records: first those with an id, many at a time; then those without, one by one, as one of these might otherwise
 * take the id that a later record names. A record that is refused keeps no other out.
 *
 * @returns how many were loaded and refused
 * @throws ToolError if no record can be loaded any more: no table, no permission, no answer
 */
export async function importInstances(
  records: AsyncIterable<Found>,
  target: Target,
  { replace, refuse, advance }: ImportOptions,
): Promise<{ loaded: number; refused: number }> {
  const write = replace ? replaceInstance : mergeInstance;
  const waiting: { place: string; attributes: Attributes }[] = [];
  const underWay = new Map<number, Promise<void>>();
  const outages: unknown[] = [];
  let [loaded, refused] = [0, 0];

  const load = async (place: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
      loaded += 1;
      advance(loaded);
    } catch (error) {
      refused += 1;
      refuse(place, describe(error));
      if (!isOfTheRecord(error)) outages.push(error);
    }
  };
  const endIfOut = (place: string): void => {
    if (outages.length === 0) return;
    const others = waiting.length > 0 ? ', and those without an id' : '';
    throw new ToolError(`${loaded} loaded; ${place} and what follows${others} were not tried: ${describe(outages[0])}`);
  };

  for await (const record of records) {
    if (outages.length > 0) await Promise.all(underWay.values());
    endIfOut(record.place);
    const line = parse(record);
    if (line instanceof Error) {
      await load(record.place, () => Promise.reject(line));
    } else if (line.id === undefined) {
      waiting.push({ place: record.place, attributes: line.attributes });
    } else {
      const { id, attributes } = line;
      const key = Number(id); // ids that differ beyond its digits wait for each other in vain, but rightly otherwise
      while (underWay.has(key)) await underWay.get(key); // of two records with one id the later wins
      if (underWay.size >= CONCURRENCY) await Promise.race(underWay.values());
      const work = load(record.place, () => write(target, id, attributes));
      underWay.set(
        key,
        work.finally(() => underWay.delete(key)),
      );
    }
  }
  await Promise.all(underWay.values());
  for (const { place, attributes } of waiting) {
    endIfOut(place);
    await load(place, () => appendInstance(target, attributes));
  }
  return { loaded, refused };
}

const CONCURRENCY = 32;

/** The line, or the error that says why there is none. */
function parse(record: Found): InstanceLine | Error {
  if ('reason' in record) return new ToolError(record.reason);
  try {
    return parseInstanceLine(record.json);
  } catch (error) {
    return new ToolError(describe(error));
  }
}

const REFUSALS = new Set(['ToolError', 'ValidationException', 'SerializationException']);

const isOfTheRecord = (error: unknown): boolean => error instanceof Error && REFUSALS.has(error.name);
