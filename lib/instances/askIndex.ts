import { orLate } from '../deadline';
import { UnavailableError } from '../errors';
import { type Place, START } from '../pageIndex/find';
import type { Entry, Node } from '../pageIndex/node';

/** What the page index answered. `failure` says why that is less than it could be. */
export type IndexAnswer = {
  readonly place: Place;
  readonly total: number | undefined;
  readonly root: Node | undefined;
  readonly blocks: readonly Entry[] | undefined;
  readonly failure?: unknown;
};

const NOTHING: IndexAnswer = { place: START, total: undefined, root: undefined, blocks: undefined };
export const LATE: IndexAnswer = { ...NOTHING, failure: new UnavailableError('the page index is late') };

/** Returns the index's answer within `patienceMs`. Never rejects: what the index cannot answer, the rows can. */
export function askIndex(question: Promise<Partial<IndexAnswer>>, patienceMs: number): Promise<IndexAnswer> {
  const answer = question.then(
    (partial) => ({ ...NOTHING, ...partial }),
    (failure: unknown) => ({ ...NOTHING, failure }),
  );
  return orLate(patienceMs, answer, LATE);
}
