import { parseLogLevel, parseMaintenanceConfig } from '../lib/config';
import { createClient } from '../lib/dynamodb/client';
import { limitCalls } from '../lib/dynamodb/limitCalls';
import { toOutage } from '../lib/dynamodb/outage';
import { UnavailableError } from '../lib/errors';
import { instancesIn } from '../lib/instances/source';
import { createLog } from '../lib/log';
import { embedMetrics } from '../lib/metrics';
import { pageIndexOf } from '../lib/pageIndex/store';
import { pace } from '../lib/pageIndex/upkeep/pace';
import { type BatchResponse, recountChanges } from '../lib/pageIndex/upkeep/stream';

const config = parseMaintenanceConfig(process.env);
const log = createLog(parseLogLevel(process.env));
const index = pageIndexOf(limitCalls(pace(createClient())), config.pageIndexTable, instancesIn(config.instancesTable));

/** Recounts the blocks that each batch of the instances table's stream has touched. */
export const handler = async (event: unknown, context?: unknown): Promise<BatchResponse> => {
  const onDamage = (error: unknown) =>
    log.error('a damaged node was replaced', { error, ...embedMetrics(context, { DamagedNodes: 1 }) });
  const { keys, failed, response } = await recountChanges({ ...index, onDamage }, event);
  for (const [key, error] of failed) log.error('a block could not be counted', { key, error });
  const counts = {
    UncountedKeys: failed.size,
    InternalErrors: [...failed.values()].filter((error) => !passesByItself(error)).length,
  };
  log.metrics('counted', { keys, failed: failed.size }, embedMetrics(context, counts, ['InternalErrors']));
  return response;
};

const passesByItself = (error: unknown): boolean => toOutage(error) instanceof UnavailableError;
