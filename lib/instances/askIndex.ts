import { orLate } from '../deadline';
import { UnavailableError } from '../errors';
import { type Entry, type Node, type Place, START } from '../pageIndex/node';

/** The page index's answer; `failure` is the reason why it is incomplete. */
export type IndexAnswer = {
  readonly place: Place;
  /** Whether the place is the one that was guessed. */
  readonly isAsGuessed: boolean;
  readonly total: number | undefined;
  readonly root: Node | undefined;
  readonly blocks: readonly Entry[] | undefined;
  readonly failure?: unknown;
};

const NOTHING: IndexAnswer = {
  place: START,
  isAsGuessed: false,
  total: undefined,
  root: undefined,
  blocks: undefined,
};
export const LATE: IndexAnswer = { ...NOTHING, failure: new UnavailableError('the page index is late') };

/** Returns the index's answer, or LATE after `patienceMs`. Never rejects, since the rows can replace the index. */
export function askIndex(question: Promise<Partial<IndexAnswer>>, patienceMs: number): Promise<IndexAnswer> {
  const answer = question.then(
    (partial) => ({ ...NOTHING, ...partial }),
    (failure: unknown) => ({ ...NOTHING, failure }),
  );
  return orLate(patienceMs, answer, LATE);
}
