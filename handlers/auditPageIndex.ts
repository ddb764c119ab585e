import { parseLogLevel, parseMaintenanceConfig } from '../lib/config';
import { createClient } from '../lib/dynamodb/client';
import { limitCalls } from '../lib/dynamodb/limitCalls';
import { instancesIn } from '../lib/instances/source';
import { createLog } from '../lib/log';
import { pageIndexOf } from '../lib/pageIndex/store';
import { auditNext } from '../lib/pageIndex/upkeep/audit';

const MAX_BLOCKS = 200; // up to 60,000 rows a run

const config = parseMaintenanceConfig(process.env);
const log = createLog(parseLogLevel(process.env));
const index = pageIndexOf(limitCalls(createClient()), config.pageIndexTable, instancesIn(config.instancesTable));

/** On a schedule: counts the next slice of the table anew, so that whatever the stream has lost is right after a round. */
export const handler = async (): Promise<void> => {
  log.info('audited', await auditNext(index, MAX_BLOCKS));
};
