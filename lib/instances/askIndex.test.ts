import { UnavailableError } from '../errors';
import { askIndex } from './askIndex';

const NOTHING = {
  place: { after: undefined, rank: 0 },
  isAsGuessed: false,
  total: undefined,
  root: undefined,
  blocks: undefined,
};
const LATE = { ...NOTHING, failure: new UnavailableError('the page index is late') };

describe('askIndex', () => {
  it('returns what the index answered and undefined for the rest', async () => {
    expect(await askIndex(Promise.resolve({ total: 7 }), 1_000)).toEqual({ ...NOTHING, total: 7 });
  });

  it('returns the failure if the index rejects', async () => {
    const failure = new Error('damaged');
    expect(await askIndex(Promise.reject(failure), 1_000)).toEqual({ ...NOTHING, failure });
  });

  it('returns LATE if the index takes too long', async () => {
    expect(await askIndex(new Promise<never>(() => {}), 1)).toEqual(LATE);
  });
});
