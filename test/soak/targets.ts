/** What can be put under load, each over the same tables. */
import { spawnSync } from 'node:child_process';
import { type ReceivedAnswer, receive } from '../answers';
import { EVENT_FORMATS, PATH, type WireRequest } from '../events';
import { startFunction } from '../functionProcess';
import { startServer } from '../localServer';
import { copyProject } from '../projectCopy';

/** What a target has while nothing is under way: memory, and timers and the like, if they can be seen. */
export type Kept = { readonly megabytes: number; readonly resources?: number };

export type Target = {
  readonly name: string;
  readonly ask: (request: WireRequest) => Promise<ReceivedAnswer>;
  readonly look: () => Promise<Kept>;
  /** More than this is a leak. */
  readonly mayGrowMegabytes: number;
  readonly stop: () => Promise<void>;
};

/** The built function in a process of its own; its heap is looked at after garbage collection. */
export function builtFunction(environment: NodeJS.ProcessEnv): Target {
  const [httpApi] = EVENT_FORMATS;
  const api = startFunction('listLambdaInstances', environment);
  return {
    name: 'the built function',
    ask: async (request) => receive(await api.invoke(httpApi?.toEvent(request))),
    look: async () => {
      api.takeOutput(); // its log is kept here until it is taken
      const { heapBytes, resources } = await api.look();
      return { megabytes: heapBytes / 2 ** 20, resources: resources.length };
    },
    mayGrowMegabytes: 3, // the sockets of a burst are kept for a while
    stop: api.stop,
  };
}

/** `npm start`; of it only the memory that its processes have of the system can be seen. */
export async function localServer(environment: NodeJS.ProcessEnv): Promise<Target> {
  const project = copyProject();
  const server = await startServer(project.directory, { ...environment, LOG_LEVEL: 'silent' });
  return {
    name: 'the local server',
    ask: async ({ query = '', headers = {} }) => {
      const response = await fetch(`${server.origin}${PATH}?${query}`, { headers: headers as Record<string, string> });
      return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
    },
    look: async () => ({ megabytes: residentBytes(server.processGroup) / 2 ** 20 }),
    mayGrowMegabytes: 100, // it is not collected before there is a need
    stop: async () => {
      await server.interrupt();
      project.remove();
    },
  };
}

function residentBytes(processGroup: number): number {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pgid=,rss='], { encoding: 'utf8' });
  const rows = stdout.split('\n').map((line) => line.trim().split(/ +/).map(Number));
  return rows.reduce((sum, [group, kilobytes = 0]) => (group === processGroup ? sum + kilobytes * 1024 : sum), 0);
}
