/** Targets of the load, with the same tables. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ReceivedAnswer, receive } from '../../infra/local/receive';
import { EVENT_FORMATS, PATH, type WireRequest } from '../events';
import { startFunction } from '../functionProcess';
import { startServer } from '../localServer';
import { copyProject } from '../projectCopy';

/** The memory of an idle target, and its timers and other resources, if visible. */
export type Kept = { readonly megabytes: number; readonly resources?: number };

export type Target = {
  readonly name: string;
  readonly ask: (request: WireRequest) => Promise<ReceivedAnswer>;
  readonly look: () => Promise<Kept>;
  /** The threshold for a leak. */
  readonly mayGrowMegabytes: number;
  readonly stop: () => Promise<void>;
};

/** The built function in a separate process; its heap is measured after garbage collection. */
export function builtFunction(environment: NodeJS.ProcessEnv): Target {
  const [httpApi] = EVENT_FORMATS;
  const api = startFunction('listLambdaInstances', environment);
  return {
    name: 'the built function',
    ask: async (request) => receive(await api.invoke(httpApi?.toEvent(request))),
    look: async () => {
      api.takeOutput(); // discards the buffered log
      const { heapBytes, resources } = await api.look();
      return { megabytes: heapBytes / 2 ** 20, resources: resources.length };
    },
    mayGrowMegabytes: 3, // sockets of a burst stay open for a while
    stop: api.stop,
  };
}

/** `npm start`; the heap of each of its processes is measured after garbage collection. */
export async function localServer(environment: NodeJS.ProcessEnv): Promise<Target> {
  const project = copyProject();
  const heaps = mkdtempSync(join(tmpdir(), 'heaps-'));
  const NODE_OPTIONS = `--expose-gc --require ${join(__dirname, 'heapReporter.cjs')}`;
  const server = await startServer(project.directory, {
    ...environment,
    LOG_LEVEL: 'silent',
    NODE_OPTIONS,
    HEAP_DIRECTORY: heaps,
  });
  return {
    name: 'the local server',
    ask: async ({ query = '', headers = {} }) => {
      const response = await fetch(`${server.origin}${PATH}?${query}`, { headers: headers as Record<string, string> });
      return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
    },
    look: async () => {
      await sleep(2 * HEAP_REPORTED_MS);
      return { megabytes: sizesIn(heaps) / 2 ** 20 };
    },
    mayGrowMegabytes: 3,
    stop: async () => {
      await server.interrupt();
      project.remove();
      rmSync(heaps, { recursive: true });
    },
  };
}

const HEAP_REPORTED_MS = 500; // heapReporter.cjs's interval

const sizesIn = (directory: string): number =>
  readdirSync(directory).reduce((sum, name) => sum + Number(readFileSync(join(directory, name), 'utf8')), 0);
