import { parseConfig, parseLogLevel } from '../lib/config';
import { createClient } from '../lib/dynamodb/client';
import { openSession } from '../lib/dynamodb/session';
import { codingFor } from '../lib/http/coding';
import { respond } from '../lib/http/respond';
import { patienceFor } from '../lib/instances/askIndex';
import { toJson } from '../lib/instances/lambdaInstance';
import { listInstances } from '../lib/instances/listInstances';
import { Notes } from '../lib/instances/notes';
import { parsePage } from '../lib/instances/page';
import { instancesIn } from '../lib/instances/source';
import { listAnswer } from '../lib/listApi/listAnswer';
import { ListBody } from '../lib/listApi/listBody';
import { createLog } from '../lib/log';
import { pageIndexOf } from '../lib/pageIndex/store';
import { parseCredential } from '../lib/tokens/credential';
import { createGate } from '../lib/tokens/gate';
import { hashToken, verifyToken } from '../lib/tokens/verify';
import { timed } from '../lib/trace';

/** GET /backend/lambda-instances[?limit&page]: the lambda instances, all or one page, for the holder of a live token. */
export const handler = respond(() => {
  const config = parseConfig(process.env);
  const client = createClient();
  const instances = instancesIn(config.instancesTable);
  const letThrough = createGate();
  return {
    log: createLog(parseLogLevel(process.env)),
    config,
    get: async (request, { log, trace, timeMs, deadline }) => {
      const sender = openSession(client, deadline, trace);
      const tokenHash = hashToken(parseCredential(request.headers));
      const notes = new Notes();
      let isLive = false;
      const check = async () => {
        const tokens = { sender, table: config.tokensTable, nowSeconds: Date.now() / 1000, log };
        trace.tokenId = (await timed(trace, 'token', () => verifyToken(tokenHash, tokens))).tokenId;
        isLive = true;
      };
      const list = async () => {
        const page = parsePage(request.query);
        const body = new ListBody(request.source, codingFor(request, config.compressRestResponses));
        const index = config.pageIndexTable ? pageIndexOf(sender, config.pageIndexTable, instances) : undefined;
        const concurrency = config.readConcurrency;
        const source = {
          sender,
          partition: instances,
          index,
          concurrency,
          patienceMs: patienceFor(timeMs),
          trace,
          notes,
        };
        const listing = await listInstances(page, source, (batch) => body.add(batch.map(toJson)));
        return { body: await body.finish(), position: page && { ...page, ...listing } };
      };
      const { body, position } = await letThrough(tokenHash, check, list).finally(() => {
        if (isLive) notes.tell(trace, log);
      });
      return listAnswer(request, body, position, trace);
    },
  };
});
