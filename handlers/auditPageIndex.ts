import { parseLogLevel, parseMaintenanceConfig } from '../lib/config';
import { createClient } from '../lib/dynamodb/client';
import { limitCalls } from '../lib/dynamodb/limitCalls';
import { instancesIn } from '../lib/instances/source';
import { createLog } from '../lib/log';
import { embedMetrics } from '../lib/metrics';
import { pageIndexOf } from '../lib/pageIndex/store';
import { auditNext, readCount } from '../lib/pageIndex/upkeep/audit';
import { pace } from '../lib/pageIndex/upkeep/pace';

const BUDGET = {
  units: 2_000, // read units per run: about 500 blocks, or two dollars per month
  healingUnits: 60_000, // some 210 MB of rows in 200 s, so that a run ends before the next
};
const UNITS_PER_SECOND = 300; // low, since maintainPageIndex may be counting as well

const config = parseMaintenanceConfig(process.env);
const log = createLog(parseLogLevel(process.env));
const index = pageIndexOf(
  limitCalls(pace(createClient(), UNITS_PER_SECOND)),
  config.pageIndexTable,
  instancesIn(config.instancesTable),
);

/**
 * Recounts the next slice of the table on a schedule, and replaces damaged nodes; one full round corrects everything that
 * the stream has lost. `CorrectedRows` without runs of `maintainPageIndex` means that the stream does not reach it (alarm
 * `stream-off`).
 */
export const handler = async (_event: unknown, context?: unknown): Promise<void> => {
  const onDamage = (error: unknown) =>
    log.error('a damaged node was replaced', { error, ...embedMetrics(context, { DamagedNodes: 1 }) });
  const before = await readCount(index);
  const audited = await auditNext({ ...index, onDamage }, BUDGET);
  const after = await readCount(index);
  const corrected = before === undefined || after === undefined ? 0 : Math.abs(after - before);
  log.metrics('audited', { ...audited, corrected }, embedMetrics(context, { CorrectedRows: corrected }));
};
