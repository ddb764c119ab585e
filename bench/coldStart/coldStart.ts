/** Measures CPU from process start to the first response, on Lambda's Node.js, over TLS: this project and others. */
import { EVENT_FORMATS } from '../../test/events';
import { type Invocation, invokeOnce } from '../../test/functionProcess';
import { installPeers, lambdaNode, versionOf } from '../peers';
import { measureInRounds, median } from '../rounds';
import { type Cell, printTable } from '../table';
import { type Bundle, bundleAll, EMPTY, FLOOR, MIDDY, OURS } from './bundles';
import { type StandIn, startStandIn } from './standIn';

const ROUNDS = 25;
const TOKEN = 'tJ3b3f32f23ceuqdoS';
const LIMIT = 25;
const EVENT = EVENT_FORMATS[0]?.toEvent({
  path: '/backend/lambda-instances',
  query: `limit=${LIMIT}&page=1`,
  headers: { Authorization: `Token ${TOKEN}` },
});

type Start = Invocation['sinceStart'];

export async function benchColdStart(): Promise<void> {
  installPeers();
  const standIn = await startStandIn(TOKEN);
  const { bundles, remove } = await bundleAll();
  const samples = await measureInRounds(bundles, ROUNDS, (bundle) => start(bundle, standIn));
  await standIn.stop();
  remove();
  const rows = bundles.map((bundle) => summarise(bundle, samples.get(bundle) ?? []));
  const cpuOf = (name: string): number => rows.find((row) => row.name === name)?.cpuMs ?? Number.NaN;
  printTable(
    `A cold start, on Node.js ${versionOf(lambdaNode())}: medians of ${ROUNDS} rounds`,
    ['way', 'bundle, KB', 'CPU, ms', 'quartiles', 'elapsed, ms', '÷ floor', '÷ middy', '÷ ours'],
    rows.map(({ name, bytes, cpuMs, quartiles, wallMs }): Cell[] => {
      const ratio = (to: string): string => (cpuMs / cpuOf(to)).toFixed(2);
      return [name, bytes / 1_000, cpuMs, quartiles, wallMs, ratio(FLOOR), ratio(MIDDY), ratio(OURS)];
    }),
  );
}

/** @throws Error unless the response is the requested page */
async function start({ name, directory, handler }: Bundle, { environment }: StandIn): Promise<Start> {
  const deployed = { directory, handler, environment, timeoutMs: 10_000 };
  const { response, sinceStart } = await invokeOnce(deployed, EVENT, lambdaNode());
  const items = response.statusCode === 200 ? JSON.parse(response.body).data.length : undefined;
  if (items !== (name === EMPTY ? 0 : LIMIT)) throw new Error(`${name} answered ${JSON.stringify(response)}`);
  return sinceStart;
}

function summarise({ name, bytes }: Bundle, starts: readonly Start[]) {
  const cpu = starts.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b);
  const quantile = (share: number) => Math.round(cpu[Math.floor(cpu.length * share)] ?? 0);
  return {
    name,
    bytes,
    cpuMs: median(cpu),
    quartiles: `${quantile(0.25)} to ${quantile(0.75)}`,
    wallMs: median(starts.map(({ wallMs }) => wallMs)),
  };
}
