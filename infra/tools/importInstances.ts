import type { Attributes } from './attributeJson';
import { describe, endedEarly } from './errorText';
import { type InstanceLine, parseInstanceLine } from './instanceLine';
import { untilAborted } from './interruption';
import type { Found } from './readRecords';
import { ToolError } from './toolError';
import { openWaitingRecords } from './waitingRecords';

/** How records are written; each function throws a ToolError for a record that cannot be. */
export type Writer = {
  readonly write: (id: string, attributes: Attributes) => Promise<void>;
  readonly append: (attributes: Attributes) => Promise<void>;
};

export type ImportOptions = {
  /** Called for each refused record, with its place and the reason. */
  readonly refuse: (place: string, reason: string) => void;
  /** Called after each loaded record, with their number so far. */
  readonly advance: (loaded: number) => void;
  /** Ends the import early, after the writes under way. */
  readonly signal: AbortSignal;
};

/**
 * Loads records: first those with an id, in parallel; then those without, one by one, since one of them might otherwise
 * take the id of a later record. A refused record does not prevent others from being loaded.
 *
 * @returns the numbers of loaded and refused records
 * @throws ToolError with what is loaded and how to continue, if no more records can be loaded (no table, no permission, no
 * response), or if the import is interrupted
 */
export async function importInstances(
  records: AsyncIterable<Found>,
  { write, append }: Writer,
  { refuse, advance, signal }: ImportOptions,
): Promise<{ loaded: number; refused: number }> {
  const waiting = await openWaitingRecords();
  const underWay = new Map<number, Promise<void>>();
  let [loaded, refused, appended, lastAppended] = [0, 0, 0, ''];
  let outage: Outage | undefined;

  /** Whether it was loaded. */
  const load = async (place: string, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      loaded += 1;
      advance(loaded);
      return true;
    } catch (error) {
      if (isAboutRecord(error)) {
        refused += 1;
        refuse(place, describe(error));
      } else {
        outage ??= { place, error };
      }
      return false;
    }
  };
  const loadWithIds = async () => {
    for await (const record of untilAborted(records, signal)) {
      if (outage) return;
      const line = parse(record);
      if (line instanceof Error) {
        await load(record.place, () => Promise.reject(line));
      } else if (line.id === undefined) {
        await waiting.add(record.place, line.attributes);
      } else {
        const { id, attributes } = line;
        const key = Number(id); // ids that differ only beyond 2^53 wait needlessly; equal ids have to
        while (underWay.has(key)) await underWay.get(key); // of two records with the same id the later wins
        if (underWay.size >= CONCURRENCY) await Promise.race(underWay.values());
        const work = load(record.place, () => write(id, attributes));
        underWay.set(
          key,
          work.then(() => void underWay.delete(key)),
        );
      }
    }
  };
  const appendOthers = async () => {
    for await (const { place, attributes } of waiting.readAll()) {
      signal.throwIfAborted();
      if (await load(place, () => append(attributes))) [appended, lastAppended] = [appended + 1, place];
      if (outage) return;
    }
  };

  try {
    await loadWithIds().finally(() => Promise.all(underWay.values()));
    if (!outage) await appendOthers();
    if (outage) throw outage.error;
    return { loaded, refused };
  } catch (error) {
    if (loaded + refused === 0 && !outage && !signal.aborted) throw error; // the input cannot be read
    const failed = outage && !signal.aborted ? `; ${outage.place} was the first that could not be written` : '';
    const howToContinue =
      appended === 0
        ? 'to continue, run it again: records with an id may be loaded twice'
        : `${appended} of them had no id, the last of which is ${lastAppended}: remove the records up to it before you run it again`;
    throw await endedEarly(
      signal.aborted ? signal.reason : error,
      `${loaded} loaded, ${refused} refused${failed}; ${howToContinue}`,
    );
  } finally {
    await waiting.close();
  }
}

type Outage = { readonly place: string; readonly error: unknown };

const CONCURRENCY = 32;

/** Returns the parsed record, or the error with the reason why it is refused. */
function parse(record: Found): InstanceLine | Error {
  if ('reason' in record) return new ToolError(record.reason);
  try {
    return parseInstanceLine(record.json);
  } catch (error) {
    return new ToolError(describe(error));
  }
}

const REFUSALS = new Set(['ToolError', 'ValidationException', 'SerializationException']);

const isAboutRecord = (error: unknown): boolean => error instanceof Error && REFUSALS.has(error.name);
