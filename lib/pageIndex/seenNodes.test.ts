import { type Entry, type Node, ROOT, START } from './node';
import { SeenNodes } from './seenNodes';

const node = (name: string, level: number, entries: readonly Entry[], through?: string): Node => ({
  name,
  level,
  entries,
  generation: 'g',
  version: 'v',
  through,
  isFrozen: false,
});

const FIRST = node(
  'first',
  0,
  [
    { after: undefined, count: 3 },
    { after: '30', count: 2 },
  ],
  '50',
);
const SECOND = node('second', 0, [
  { after: '50', count: 4 },
  { after: '90', count: 1 },
]);
const TREE = node(ROOT, 1, [
  { after: undefined, count: 5, child: 'first' },
  { after: '50', count: 5, child: 'second' },
]);

function seenOf(...nodes: readonly Node[]): SeenNodes {
  const seen = new SeenNodes();
  for (const one of nodes) seen.add(one);
  return seen;
}

describe('SeenNodes', () => {
  it('guesses nothing without a root', () => {
    expect(new SeenNodes().guess(3)).toBeUndefined();
    expect(seenOf(FIRST).guess(3)).toBeUndefined();
  });

  it('guesses the way to a leaf that was not read', () => {
    expect(seenOf(TREE).guess(7)).toEqual({ generation: 'g', names: ['second'], place: undefined });
  });

  it.each([
    [0, ['first'], START],
    [3, ['first'], { after: '30', rank: 3 }],
    [5, ['second'], { after: '50', rank: 5 }],
    [9, ['second'], { after: '90', rank: 9 }],
    [99, ['second'], { after: '90', rank: 9 }],
  ])('guesses the place at offset %d', (offset, names, place) => {
    expect(seenOf(TREE, FIRST, SECOND).guess(offset)).toEqual({ generation: 'g', names, place });
  });

  it('guesses by the nodes as they were read last', () => {
    const seen = seenOf(
      TREE,
      SECOND,
      node('second', 0, [
        { after: '50', count: 1 },
        { after: '60', count: 4 },
      ]),
    );
    expect(seen.guess(7)).toMatchObject({ place: { after: '60', rank: 6 } });
  });

  it('returns the total of the last root', () => {
    expect(new SeenNodes().total).toBe(Number.POSITIVE_INFINITY);
    expect(seenOf(TREE).total).toBe(10);
    expect(seenOf(TREE, node(ROOT, 0, [{ after: undefined, count: 0 }])).total).toBe(0);
  });

  it('knows no total and guesses nothing if the last root was incomplete', () => {
    const entries = TREE.entries.map((entry, i) => (i === 0 ? entry : { ...entry, count: undefined }));
    const seen = seenOf(TREE, FIRST, SECOND, { ...TREE, entries });
    expect(seen.total).toBeUndefined();
    expect(seen.guess(0)).toBeUndefined();
  });

  it('guesses no way through a node that does not match its parent', () => {
    expect(seenOf(TREE, { ...FIRST, through: '40' }).guess(0)).toMatchObject({ names: ['first'], place: undefined });
  });

  it('does not follow damaged nodes in circles', () => {
    const entry = { after: undefined, count: 9 };
    const above = node('above', 1, [{ ...entry, child: 'below' }]); // before the levels were changed
    const below = node('below', 2, [{ ...entry, child: 'above' }]);
    const seen = seenOf(node(ROOT, 2, [{ ...entry, child: 'above' }]), above);
    for (const one of [node(ROOT, 3, [{ ...entry, child: 'below' }]), below]) seen.add(one);
    expect(seen.guess(4)).toEqual({ generation: 'g', names: ['below', 'above', 'below'], place: undefined });
  });

  it('forgets every node once the root is of another tree, even if the former root returns', () => {
    const seen = seenOf(TREE, FIRST, SECOND, { ...TREE, generation: 'h' });
    expect(seen.guess(0)).toEqual({ generation: 'h', names: ['first'], place: undefined });
    expect(seen.guess(7)).toEqual({ generation: 'h', names: ['second'], place: undefined });
    seen.add(TREE);
    expect(seen.guess(0)).toEqual({ generation: 'g', names: ['first'], place: undefined });
  });

  it('ignores a node of another tree than the root’s', () => {
    expect(seenOf(TREE, { ...FIRST, generation: 'h' }).guess(0)).toMatchObject({ place: undefined });
  });

  it('forgets the least recently read nodes beyond its size', () => {
    const seen = new SeenNodes(4);
    for (const one of [TREE, FIRST]) seen.add(one);
    expect(seen.guess(0)?.place).toEqual(START);
    for (const one of [TREE, SECOND]) seen.add(one);
    expect(seen.guess(0)?.place).toBeUndefined(); // the first leaf has gone
    expect(seen.guess(5)?.place).toEqual({ after: '50', rank: 5 });
  });

  it('forgets a node that alone is too large', () => {
    const seen = new SeenNodes(1);
    seen.add(TREE);
    expect(seen.guess(0)).toBeUndefined();
    expect(seen.total).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts a node that is read again once', () => {
    const seen = new SeenNodes(6);
    for (const one of [TREE, FIRST, FIRST, FIRST, SECOND]) seen.add(one);
    expect(seen.guess(0)?.place).toEqual(START);
    expect(seen.guess(5)?.place).toBeDefined();
  });
});
