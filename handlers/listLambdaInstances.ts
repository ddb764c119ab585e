import { parseConfig, parseLogLevel } from '../lib/config';
import { createClient } from '../lib/dynamodb/client';
import { openSession } from '../lib/dynamodb/session';
import { canBeCompressed, preferredCoding } from '../lib/http/coding';
import { listAnswer } from '../lib/http/listAnswer';
import { ListBody } from '../lib/http/listBody';
import { respond } from '../lib/http/respond';
import { toJson } from '../lib/instances/lambdaInstance';
import { parsePage } from '../lib/instances/page';
import { instancesIn, readPage } from '../lib/instances/readPage';
import { createLog } from '../lib/log';
import { parseCredential } from '../lib/tokens/credential';
import { hashToken, verifyToken } from '../lib/tokens/verify';
import { timed } from '../lib/trace';

/** GET /backend/lambda-instances[?limit&page]: the lambda instances, all or one page, for the holder of a live token. */
export const handler = respond(() => {
  const config = parseConfig(process.env);
  const client = createClient();
  const instances = instancesIn(config.instancesTable);
  return {
    log: createLog(parseLogLevel(process.env)),
    config,
    get: async (request, { log, trace, deadline }) => {
      const session = openSession(client, deadline, trace);
      const tokenHash = hashToken(parseCredential(request.headers));
      const nowSeconds = Date.now() / 1000;
      const tokens = { sender: session, table: config.tokensTable, nowSeconds, log };
      trace.tokenId = (await timed(trace, 'token', () => verifyToken(tokenHash, tokens))).tokenId;
      const page = parsePage(request.query);
      const coding = canBeCompressed(request.source, config.compressRestResponses)
        ? preferredCoding(request.headers.get('accept-encoding'))
        : undefined;
      const body = new ListBody(request.source, coding);
      const damaged: string[] = [];
      const listing = await timed(trace, 'page', () =>
        readPage(session, instances, page, { after: undefined, rank: 0 }, (batch) => {
          trace.items += batch.length;
          damaged.push(...batch.flatMap(({ id, isDamaged }) => (isDamaged ? id : [])));
          return body.add(batch.map(toJson));
        }),
      );
      const position = page && { page: page.number, hasNext: listing.hasNext };
      return listAnswer(request, await body.finish(), position, trace);
    },
  };
});
