import { instancesIn, openSource } from './source';

it('instancesIn has the key schema of the instances table', () => {
  expect(instancesIn('instances')).toEqual({
    table: 'instances',
    partitionKey: { name: 'collection', value: 'lambda-instances' },
    sortKey: 'id',
  });
});

describe('openSource', () => {
  const sender = { send: jest.fn() };
  const tables = { instancesTable: 'instances', pageIndexTable: 'page-index', readConcurrency: 3 };

  it('names the tables, without an index if none is configured', () => {
    const { partition, index, concurrency } = openSource(sender, tables, { timeMs: 1 });
    expect(partition).toEqual(instancesIn('instances'));
    expect(index).toMatchObject({ table: 'page-index', rows: partition, sender });
    expect(concurrency).toBe(3);
    expect(openSource(sender, { ...tables, pageIndexTable: undefined }, { timeMs: 1 }).index).toBeUndefined();
  });

  it.each([
    [400, 100],
    [4_000, 1_000],
    [15_000, 1_000],
  ])('limits the index, with %d ms for the whole answer, to %d ms', (timeMs, patienceMs) => {
    expect(openSource(sender, tables, { timeMs })).toMatchObject({ patienceMs });
  });
});
