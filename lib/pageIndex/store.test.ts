import {
  type AttributeValue,
  type DynamoDBClient,
  type GetItemCommand,
  PutItemCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { INDEX_TABLE, INSTANCES, indexFor } from '../../test/pageIndex/smallIndex';
import { SimulatedDynamo } from '../../test/simulatedDynamo';
import { formatNode } from './format';
import { type Node, ROOT, SHAPE } from './node';
import {
  createNode,
  createRoot,
  deleteNode,
  type PageIndex,
  pageIndexOf,
  readChild,
  readNode,
  replaceNode,
} from './store';

const dynamo = new SimulatedDynamo({ rows: INSTANCES });
const index = indexFor(dynamo.connect());

const CONSISTENT = { consistent: true };

const LEAF = {
  generation: 'generation',
  level: 0,
  entries: [
    { after: undefined, count: 3 },
    { after: '-2.50', count: undefined },
    { after: '98765432109876543210987654321098765432', count: 0 },
  ],
  through: '1E+125',
};

const PARENT = { ...LEAF, level: 2, entries: LEAF.entries.map((entry, i) => ({ ...entry, child: `child ${i}` })) };

describe('a node', () => {
  it.each([LEAF, PARENT, { ...LEAF, through: undefined }])('reads back unchanged: %j', async (content) => {
    const created = await createNode(index, content);
    expect(created).toEqual({ ...content, name: created.name, version: created.version, isFrozen: false });
    await expect(readNode(index, created.name, CONSISTENT)).resolves.toEqual(created);
  });

  it('gets a unique name and version', async () => {
    const nodes = await Promise.all(Array.from({ length: 100 }, () => createNode(index, LEAF)));
    expect(new Set(nodes.flatMap(({ name, version }) => [name, version])).size).toBe(200);
  });

  it('is replaced only by its last reader, under a new version', async () => {
    const node = await createNode(index, LEAF);
    const frozen = await replaceNode(index, node, { isFrozen: true });
    expect(frozen).toEqual({ ...node, isFrozen: true, version: frozen?.version });
    expect(frozen?.version).not.toBe(node.version);
    await expect(replaceNode(index, node, { entries: [{ after: undefined, count: 9 }] })).resolves.toBeUndefined();
    await expect(readNode(index, node.name, CONSISTENT)).resolves.toEqual(frozen);
  });

  it('stays deleted if an earlier reader writes it', async () => {
    const node = await createNode(index, LEAF);
    await deleteNode(index, node.name);
    await expect(replaceNode(index, node, {})).resolves.toBeUndefined();
    await expect(readNode(index, node.name, CONSISTENT)).resolves.toBeUndefined();
  });

  it('fits into an item at its production size', async () => {
    const entry = { after: `-0.${'1'.repeat(38)}`, count: 300, child: 'a'.repeat(12) };
    const size = JSON.stringify(Object.values(entry)).length * (SHAPE.maxEntries + 1_000);
    expect(size).toBeLessThan(400 * 1024); // DynamoDB's limit per item
  });
});

describe('a child', () => {
  const parentOf = async (child: Node, level = 1) =>
    createNode(index, { ...LEAF, level, entries: [{ after: undefined, count: 3, child: child.name }] });

  it('is read by its parent’s entry', async () => {
    const child = await createNode(index, LEAF);
    await expect(readChild(index, await parentOf(child), 0, CONSISTENT)).resolves.toEqual(child);
  });

  it('is undefined if it was replaced', async () => {
    const child = await createNode(index, LEAF);
    const parent = await parentOf(child);
    await deleteNode(index, child.name);
    await expect(readChild(index, parent, 0, CONSISTENT)).resolves.toBeUndefined();
  });

  it('is damaged if it does not match its parent’s entry', async () => {
    const child = await createNode(index, LEAF);
    await expect(readChild(index, await parentOf(child, 2), 0, CONSISTENT)).rejects.toThrow(
      `node ${child.name} is not what its parent says`,
    );
  });
});

describe('a call', () => {
  it('requests its cost, and strong consistency only on demand', async () => {
    const inputs: unknown[] = [];
    const noting = dynamo.connect(async (command, execute) => {
      inputs.push((command as GetItemCommand).input);
      return execute();
    });
    for (const consistent of [true, false]) await readNode(indexFor(noting), ROOT, { consistent });
    const input = { TableName: INDEX_TABLE, Key: { node: { S: 'root' } }, ReturnConsumedCapacity: 'TOTAL' };
    expect(inputs).toEqual([
      { ...input, ConsistentRead: true },
      { ...input, ConsistentRead: false },
    ]);
  });

  it.each([
    ['a node', (to: PageIndex) => createNode(to, LEAF)],
    ['a root', (to: PageIndex) => createRoot(to)],
  ])('that creates %s has no effect if it arrives twice', async (_, create) => {
    const arrivals: (() => unknown)[] = [];
    const noting = dynamo.connect(async (command, execute) => {
      if (command instanceof PutItemCommand) arrivals.push(execute);
      return execute();
    });
    await create(indexFor(noting));
    expect(arrivals).toHaveLength(1);
    expect(arrivals[0]).toThrow('The conditional request failed');
  });
});

describe('a new root', () => {
  it('replaces any root, with a new generation', async () => {
    const first = await createRoot(index);
    const second = await createRoot(index);
    expect(second).toMatchObject({ name: ROOT, level: 0, through: undefined, isFrozen: false });
    expect(second.generation).not.toBe(first.generation);
    expect(second.version).not.toBe(first.version);
    await expect(readNode(index, ROOT, CONSISTENT)).resolves.toEqual(second);
    await expect(replaceNode(index, first, {})).resolves.toBeUndefined();
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['without a version', { format: { S: 'unheard of' } }],
    ['of another format', { format: { S: 'unheard of' }, version: { S: 'v' } }],
  ])('replaces an item that is not a node: %s', async (_, item) => {
    await put({ ...item, node: { S: ROOT } });
    const root = await createRoot(index);
    await expect(readNode(index, ROOT, CONSISTENT)).resolves.toEqual(root);
  });

  it('is not overwritten by a late first attempt of an earlier root', async () => {
    const arrivals: (() => unknown)[] = [];
    const noting = dynamo.connect(async (command, execute) => {
      if (command instanceof PutItemCommand) arrivals.push(execute);
      return execute();
    });
    await createRoot(indexFor(noting));
    const next = await createRoot(index);
    expect(arrivals).toHaveLength(1);
    expect(arrivals[0]).toThrow('The conditional request failed');
    await expect(readNode(index, ROOT, CONSISTENT)).resolves.toEqual(next);
  });

  it('replaces a root written since it was read, under a new version', async () => {
    const written: unknown[] = [];
    const overtaken = dynamo.connect(async (command, execute) => {
      if (command instanceof PutItemCommand) {
        written.push(command.input.Item?.version?.S, command.input.Item?.generation?.S);
        if (written.length === 2) await createRoot(index);
      }
      return execute();
    });
    const root = await createRoot(indexFor(overtaken));
    expect(new Set(written).size).toBe(4);
    await expect(readNode(index, ROOT, CONSISTENT)).resolves.toEqual(root);
  });
});

describe('an item in another format', () => {
  const item: Record<string, AttributeValue> = {
    node: { S: 'n' },
    format: { S: '1' },
    version: { S: 'v' },
    generation: { S: 'g' },
    level: { N: '0' },
    entries: { S: '[[null,3],["10",0]]' },
    through: { N: '20' },
    frozen: { BOOL: true },
  };
  const without = (name: string) => Object.fromEntries(Object.entries(item).filter(([key]) => key !== name));

  it('differs from a valid item', async () => {
    await put(item);
    const entries = [
      { after: undefined, count: 3 },
      { after: '10', count: 0 },
    ];
    const node = { name: 'n', version: 'v', generation: 'g', level: 0, entries, through: '20', isFrozen: true };
    await expect(readNode(index, 'n', CONSISTENT)).resolves.toStrictEqual(node);
    expect(formatNode(node)).toEqual(item);
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['only its name', { node: { S: 'n' } }],
    ['no format', without('format')],
    ['another format', { ...item, format: { S: '2' } }],
    ['a format of another type', { ...item, format: { N: '1' } }],
    ['no version', without('version')],
    ['an empty version', { ...item, version: { S: '' } }],
    ['no generation', without('generation')],
    ['no level', without('level')],
    ['a negative level', { ...item, level: { N: '-1' }, entries: { S: '[[null,3,"a"]]' } }],
    ['a level that no table needs', { ...item, level: { N: '16' }, entries: { S: '[[null,3,"a"]]' } }],
    ['a fractional level', { ...item, level: { N: '0.5' }, entries: { S: '[[null,3,"a"]]' } }],
    ['a string as level', { ...item, level: { S: '0' } }],
  ])('is refused: %s', async (_what, damaged) => {
    await put(damaged);
    await expect(readNode(index, 'n', CONSISTENT)).rejects.toThrow('node n is not of format 1');
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['that is a string', { through: { S: '20' } }],
    ['that is not a number', { through: { N: 'NaN' } }],
    ['before its last entry', { through: { N: '9.9' }, entries: { S: '[[null,3],["5",1],["10",0]]' } }],
    ['at its last entry', { through: { N: '10.0' } }],
  ])('is refused: an end %s', async (_what, part) => {
    await put({ ...item, ...part });
    await expect(readNode(index, 'n', CONSISTENT)).rejects.toThrow('node n has a malformed end');
  });

  it('is refused: no entries', async () => {
    await put(without('entries'));
    await expect(readNode(index, 'n', CONSISTENT)).rejects.toMatchObject({ name: 'DamagedIndexError' });
  });

  it.each([
    '',
    '[[null,3]',
    'null',
    '{"0":[null,3]}',
    '[]',
    '[3]',
    '[[]]',
    '[[null]]',
    '[[null,-1]]',
    '[[null,1.5]]',
    '[[null,"3"]]',
    '[[null,9007199254740992]]',
    '[[null,true]]',
    '[[5,3]]',
    '[["x",3]]',
    '[["",3]]',
    '[["1e126",3]]',
    '[["-1e126",3]]',
    '[["1e-131",3]]',
    '[["123456789012345678901234567890123456789",3]]',
    '[[null,3],[null,3]]',
    '[[null,3],["10",3],["10.0",3]]',
    '[[null,3],["10",3],["9",3]]',
    '[[null,3,"child"]]',
    '[[null,3,""]]',
    '[[null,3],null]',
  ])('is refused: a leaf with the entries %s', async (entries) => {
    await put({ ...item, entries: { S: entries } });
    await expect(readNode(index, 'n', CONSISTENT)).rejects.toMatchObject({ name: 'DamagedIndexError' });
  });

  it.each([
    ...['[[null,3]]', '[[null,3,"a"],["10",3]]', '[[null,3,null]]', '[[null,3,""]]', '[[null,3,5]]'],
    ...['[[null,3,"n"]]', '[[null,3,"a"],["10",3,"n"]]'], // its own name
  ])('is refused: a parent with the entries %s', async (entries) => {
    await put({ ...item, level: { N: '1' }, entries: { S: entries } });
    await expect(readNode(index, 'n', CONSISTENT)).rejects.toThrow('node n has malformed entries');
  });

  it.each([
    ['longer than any key that DynamoDB reads', 'x'.repeat(2_049)],
    ['without letters', '\ud800'],
  ])('is refused: a parent that names a child %s', async (_what, child) => {
    await put({ ...item, level: { N: '1' }, entries: { S: JSON.stringify([[null, 3, child]]) } });
    await expect(readNode(index, 'n', CONSISTENT)).rejects.toThrow('node n has malformed entries');
  });

  it.each([
    '[["-9.99e125",0],["-12345678901234567890123456789012345678",0],["-1e-130",0],["1E+1",0]]',
    '[[null,0]]',
    '[[null,null]]',
    '[["-5",9007199254740991]]',
    '[[null,1],["10",null]]',
  ])('is accepted: a leaf with the entries %s', async (entries) => {
    await put({ ...item, entries: { S: entries } });
    await expect(readNode(index, 'n', CONSISTENT)).resolves.toMatchObject({ name: 'n' });
  });

  it.each<[string, Record<string, AttributeValue>]>([
    ['begins after a row', { entries: { S: '[["-5",3]]' } }],
    ['has an end', { entries: { S: '[[null,3]]' }, through: { N: '20' } }],
    ['is being replaced', { frozen: { BOOL: true } }],
  ])('is refused: a root that %s', async (_, part) => {
    const { through: _end, frozen: _isFrozen, ...root } = item;
    await put({ ...root, ...part, node: { S: ROOT } });
    await expect(readNode(index, ROOT, CONSISTENT)).rejects.toThrow('the root does not cover all rows');
  });

  it.each([item, without('node')])('is refused under another name or none: %j', async (Item) => {
    const sender = { send: async () => ({ Item }) } as unknown as DynamoDBClient;
    await expect(readNode(pageIndexOf(sender, INDEX_TABLE, INSTANCES), 'another', CONSISTENT)).rejects.toThrow(
      'node another is not of format 1',
    );
  });
});

describe('a table that cannot be written', () => {
  it('rejects with DynamoDB’s error', async () => {
    const failure = new ResourceNotFoundException({ message: 'no such table', $metadata: {} });
    const broken = indexFor(dynamo.connect(async () => Promise.reject(failure)));
    await expect(createNode(broken, LEAF)).rejects.toBe(failure);
    await expect(createRoot(broken)).rejects.toBe(failure);
    await expect(readNode(broken, ROOT, CONSISTENT)).rejects.toBe(failure);
  });
});

const put = (item: Record<string, AttributeValue>) =>
  dynamo.connect().send(new PutItemCommand({ TableName: INDEX_TABLE, Item: item }));
