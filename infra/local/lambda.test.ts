import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLambda, type Lambda } from './lambda';

let directory: string;
let lambda: Lambda;
let output: string;

const write = (source: string) => writeFileSync(join(directory, 'f.js'), source);

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lambda-'));
  output = '';
  lambda = createLambda(join(directory, 'f.js'), {
    environment: { GREETING: 'hello' },
    timeoutMs: 5_000,
    log: (text) => {
      output += text;
    },
  });
});

afterEach(async () => {
  await lambda.stop();
  rmSync(directory, { recursive: true });
});

it('has no environment but its own', async () => {
  write('exports.handler = async () => process.env');
  expect(await lambda.invoke({})).toEqual({ GREETING: 'hello' });
});

it('passes events, answers and the time that is left', async () => {
  write(
    'exports.handler = async (event, context) => [event, context.getRemainingTimeInMillis() <= 400, context.functionName]',
  );
  expect(await lambda.invoke({ a: [1, undefined] }, 400)).toEqual([{ a: [1, null] }, true, 'f']);
});

it('answers null for a handler that returns nothing', async () => {
  write('exports.handler = async () => {}');
  expect(await lambda.invoke({})).toBeNull();
});

it('has logged all that it logs before it answers', async () => {
  write('exports.handler = async () => { process.stdout.write("one\\n"); console.log("two"); }');
  await lambda.invoke({});
  expect(output).toBe('one\ntwo\n');
});

it.each([
  ['throws', 'exports.handler = async () => { throw new TypeError("wrong") }', 'wrong'],
  ['cannot be loaded', 'throw new Error("broken")', 'broken'],
  ['ends its process', 'exports.handler = () => process.exit(3)', 'f has ended with code 3'],
  ['does not answer in time', 'exports.handler = () => new Promise(() => {})', 'aborted'],
  ['answers with too much', 'exports.handler = async () => "x".repeat(7e6)', 'AWS Lambda allows 6291556'],
])('rejects when the function %s', async (_case, source, message) => {
  write(source);
  await expect(lambda.invoke({}, 1_000)).rejects.toThrow(message);
});

it('starts anew after its process has ended', async () => {
  write('let n = 0; exports.handler = async (end) => (end ? process.exit(1) : (n += 1))');
  expect(await lambda.invoke(false)).toBe(1);
  await expect(lambda.invoke(true)).rejects.toThrow('ended');
  expect(await lambda.invoke(false)).toBe(1);
});

it('has the new bundle after a reload, while what is under way ends with the old one', async () => {
  write('exports.handler = () => new Promise((resolve) => setTimeout(resolve, 200, "old"))');
  await lambda.invoke({});
  const underWay = lambda.invoke({});
  write('exports.handler = async () => "new"');
  lambda.reload();
  expect(await lambda.invoke({})).toBe('new');
  expect(await underWay).toBe('old');
});
