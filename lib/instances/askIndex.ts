import { UnavailableError } from '../errors';
import { type Place, START } from '../pageIndex/find';
import type { Entry } from '../pageIndex/node';

/** What the page index tells, as far as it was asked and knows; `failure`: why it does not, or not as well as it could. */
export type Told = {
  readonly place: Place;
  readonly total: number | undefined;
  readonly blocks: readonly Entry[] | undefined;
  readonly failure?: unknown;
};

const NOTHING: Told = { place: START, total: undefined, blocks: undefined };
const LATE: Told = { ...NOTHING, failure: new UnavailableError('the page index is late') };

/** Never rejects, nor takes long: what the index cannot tell, the rows themselves can. */
export function ask(question: Promise<Partial<Told>>, patienceMs: number): Promise<Told> {
  const told = question.then(
    (answer) => ({ ...NOTHING, ...answer }),
    (failure: unknown) => ({ ...NOTHING, failure }),
  );
  return orLate(told, patienceMs);
}

/** What is told by then, for who will not wait longer. */
export async function orLate(told: Promise<Told>, patienceMs: number): Promise<Told> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Told>((resolve) => {
    timer = setTimeout(resolve, patienceMs, LATE);
  });
  try {
    return await Promise.race([told, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A read takes some 5 ms. To wait much longer is worse than to do without; and without takes its time too. */
export const patienceFor = (timeMs: number): number => Math.min(1_000, timeMs / 4);
