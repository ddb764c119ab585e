import { instancesIn } from './source';

it('the instances table is read as its writers keep it', () => {
  expect(instancesIn('instances')).toEqual({
    table: 'instances',
    partitionKey: { name: 'collection', value: 'lambda-instances' },
    sortKey: 'id',
  });
});
