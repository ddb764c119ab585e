import { parseLogLevel, parseMaintenanceConfig } from '../lib/config';
import { createClient } from '../lib/dynamodb/client';
import { limitCalls } from '../lib/dynamodb/limitCalls';
import { instancesIn } from '../lib/instances/source';
import { createLog } from '../lib/log';
import { pageIndexOf } from '../lib/pageIndex/store';
import { recountChanges } from '../lib/pageIndex/upkeep/stream';

const config = parseMaintenanceConfig(process.env);
const log = createLog(parseLogLevel(process.env));
const index = pageIndexOf(limitCalls(createClient()), config.pageIndexTable, instancesIn(config.instancesTable));

/** The instances table's stream: counts anew what each batch of changes has touched. */
export const handler = (event: unknown) => recountChanges(index, event, log);
