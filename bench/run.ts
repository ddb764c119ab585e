/** `npm run bench [-- <part>…] [-- --large]`: measures and prints tables; docs/performance.md explains a run. */
import { benchCodings } from './codings';
import { benchColdStart } from './coldStart/coldStart';
import { benchInstances } from './instances';
import { benchPaging } from './paging';
import { benchParsing } from './parsing';
import { benchPrice } from './price';
import { benchRoundTrips } from './roundTrips';
import { benchUpkeep } from './upkeep';
import { benchWholeList } from './wholeList';

const PARTS: Readonly<Record<string, (isLarge: boolean) => Promise<void>>> = {
  'cold-start': benchColdStart,
  'round-trips': benchRoundTrips,
  instances: benchInstances,
  parsing: benchParsing,
  paging: benchPaging,
  price: benchPrice,
  'whole-list': benchWholeList,
  codings: benchCodings,
  upkeep: benchUpkeep,
};

async function run(args: readonly string[]): Promise<void> {
  const isLarge = args.includes('--large');
  const names = args.filter((arg) => arg !== '--large');
  const unknown = names.find((name) => !(name in PARTS));
  if (unknown !== undefined) throw new Error(`unknown part ${unknown}: choose from ${Object.keys(PARTS).join(', ')}`);
  for (const [name, part] of Object.entries(PARTS)) if (names.length === 0 || names.includes(name)) await part(isLarge);
}

run(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
