import { instancesIn, openSource } from './source';

it('the instances table is read as its writers keep it', () => {
  expect(instancesIn('instances')).toEqual({
    table: 'instances',
    partitionKey: { name: 'collection', value: 'lambda-instances' },
    sortKey: 'id',
  });
});

describe('openSource', () => {
  const sender = { send: jest.fn() };
  const tables = { instancesTable: 'instances', pageIndexTable: 'page-index', readConcurrency: 3 };

  it('names the tables, and reads without an index where there is none', () => {
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
  ])('gives the index, of %d ms for the whole answer, %d', (timeMs, patienceMs) => {
    expect(openSource(sender, tables, { timeMs })).toMatchObject({ patienceMs });
  });
});
