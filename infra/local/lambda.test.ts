import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
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

it('runs the function with only its own environment', async () => {
  write('exports.handler = async () => process.env');
  expect(await lambda.invoke({})).toEqual({ GREETING: 'hello' });
});

it('passes events, answers and the remaining time', async () => {
  write(
    'exports.handler = async (event, context) => [event, context.getRemainingTimeInMillis() <= 4_000, context.functionName]',
  );
  expect(await lambda.invoke({ a: [1, undefined] }, 4_000)).toEqual([{ a: [1, null] }, true, 'f']);
});

it('answers null for a handler that returns nothing', async () => {
  write('exports.handler = async () => {}');
  expect(await lambda.invoke({})).toBeNull();
});

it('passes on the whole log of an invocation before its answer', async () => {
  write('exports.handler = async () => { process.stdout.write("one\\n"); console.log("two"); }');
  await lambda.invoke({});
  expect(output).toBe('one\ntwo\n');
});

it.each([
  ['throws', 'exports.handler = async () => { throw new TypeError("wrong") }', 'wrong'],
  ['cannot be loaded', 'throw new Error("broken")', 'broken'],
  ['ends its process', 'exports.handler = () => process.exit(3)', 'f has ended with code 3'],
  ['does not answer in time', 'exports.handler = () => new Promise(() => {})', 'f has not answered within 0.3 s'],
  ['loops forever', 'exports.handler = () => { for (;;); }', 'f has not answered within 0.3 s'],
  ['answers with too much', 'exports.handler = async () => "x".repeat(7e6)', 'AWS Lambda allows 6291556'],
])('rejects when the function %s', async (_case, source, message) => {
  write(source);
  await expect(lambda.invoke({}, 300)).rejects.toThrow(message);
});

it('starts again after its process has ended', async () => {
  write('let n = 0; exports.handler = async (end) => (end ? process.exit(1) : (n += 1))');
  expect(await lambda.invoke(false)).toBe(1);
  await expect(lambda.invoke(true)).rejects.toThrow('ended');
  expect(await lambda.invoke(false)).toBe(1);
});

it('runs the new bundle after a reload, while invocations under way finish with the old one', async () => {
  write('exports.handler = () => new Promise((resolve) => setTimeout(resolve, 200, "old"))');
  await lambda.invoke({});
  const underWay = lambda.invoke({});
  write('exports.handler = async () => "new"');
  lambda.reload();
  expect(await lambda.invoke({})).toBe('new');
  expect(await underWay).toBe('old');
});

it('runs a new thread after an endless loop', async () => {
  write('exports.handler = async (loops) => { while (loops); return "answer"; }');
  await expect(lambda.invoke(true, 500)).rejects.toThrow('not answered');
  expect(await lambda.invoke(false)).toBe('answer');
});

it('names the line of the source in the stack of an error', async () => {
  const source = 'type Unused = string;\n\nexport const handler = async () => {\n  throw new Error("wrong");\n};\n';
  writeFileSync(join(directory, 'f.ts'), source);
  await build({
    entryPoints: [join(directory, 'f.ts')],
    outdir: directory,
    format: 'cjs',
    minify: true,
    sourcemap: 'linked',
  });
  const named = expect.stringContaining(`${join(directory, 'f.ts')}:4:`);
  await expect(lambda.invoke({})).rejects.toMatchObject({ stack: named });
});
