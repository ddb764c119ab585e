import { type Config, parseConfig, parseLogLevel } from '../lib/config';
import { createClient } from '../lib/dynamodb/client';
import { openSession, type Sender } from '../lib/dynamodb/session';
import { codingFor } from '../lib/http/coding';
import type { Request } from '../lib/http/request';
import { type Invocation, respond } from '../lib/http/respond';
import { listInstances } from '../lib/instances/listInstances';
import { parsePage } from '../lib/instances/page';
import { openSource, type Source } from '../lib/instances/source';
import { listAnswer } from '../lib/listApi/listAnswer';
import { ListBody } from '../lib/listApi/listBody';
import { LAMBDA_INSTANCES } from '../lib/listApi/resource';
import { TIME_SHARE, writeList } from '../lib/listApi/writeList';
import { createLog } from '../lib/log';
import { SeenNodes } from '../lib/pageIndex/seenNodes';
import { parseCredential } from '../lib/tokens/credential';
import { createGate } from '../lib/tokens/gate';
import { hashToken, verifyToken } from '../lib/tokens/verify';
import { nowMs, timed } from '../lib/trace';

/** GET /backend/lambda-instances[?limit&page]: returns all lambda instances or one page to the holder of a live token. */
export const handler = respond(LAMBDA_INSTANCES, () => {
  const config = parseConfig(process.env);
  const client = createClient();
  const passGate = createGate();
  const seen = new SeenNodes();
  return {
    log: createLog(parseLogLevel(process.env)),
    config,
    get: async (request, invocation) => {
      const { trace, log, timeMs, deadline } = invocation;
      const endMs = nowMs() + timeMs * TIME_SHARE;
      const sender = openSession(client, deadline, trace);
      const source = openSource(sender, config, invocation, seen);
      const tokenHash = hashToken(parseCredential(request.headers));
      const verify = () => verifyHolder(tokenHash, sender, config, invocation);
      const read = await passGate(tokenHash, verify, () => readList(request, source, config, endMs));
      const { list, position } = await read().finally(() => {
        if (!deadline.aborted) source.notes.report(trace, log); // afterwards the request's line has been written
      });
      return listAnswer(request, list, position, trace);
    },
  };
});

/** Verifies the token and records its id. @throws RefusedError invalid-token */
async function verifyHolder(
  tokenHash: string,
  sender: Sender,
  { tokensTable: table }: Config,
  { trace, log }: Invocation,
): Promise<void> {
  const tokens = { sender, table, nowSeconds: Date.now() / 1000, log };
  trace.tokenId = (await timed(trace, 'token', () => verifyToken(tokenHash, tokens))).tokenId;
}

/** Reads the list into a response body; returns it with the page's position. */
async function readList(request: Request, source: Source, { compressRestResponses }: Config, endMs: number) {
  const page = parsePage(request.query);
  if (page) source.trace.asked = { limit: page.limit, page: page.number, after: page.after };
  const body = new ListBody(request.source, codingFor(request, compressRestResponses));
  const { body: list, end } = await writeList(page, listInstances(page, source), body, endMs);
  return { list, position: page && { number: page.number, limit: page.limit, ...end } };
}
