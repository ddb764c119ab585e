import { randomUUID } from 'node:crypto';
import { timeToAnswerMs, withinTime } from '../deadline';
import { RefusedError } from '../errors';
import { responseTooLarge } from '../listApi/listBody';
import { METHODS, parseRoute } from '../listApi/route';
import { createLog, type Log } from '../log';
import { createTrace, nowMs, type Trace } from '../trace';
import { type Answer, fits, type GatewayResponse, toGatewayResponse } from './answer';
import { commonHeaders, type HttpConfig } from './commonHeaders';
import { preflightHeaders } from './cors';
import { toProblem } from './problem';
import { report } from './report';
import { parseEvent, type Request } from './request';

/** What a route may use of the invocation that it runs in. */
type Invocation = {
  readonly log: Log;
  readonly trace: Trace;
  /** How long the answer may take, in milliseconds from the start. */
  readonly timeMs: number;
  /** Aborts when the answer has been given, or there is just time enough left to say that there is none. */
  readonly deadline: AbortSignal;
};

/** What a handler is made of, once its configuration is known to be right. */
export type Api = {
  readonly log: Log;
  readonly config: HttpConfig;
  /** Answers GET; throws what `toProblem` knows. */
  readonly get: (request: Request, invocation: Invocation) => Promise<Answer>;
};

/**
 * A Lambda handler that answers every event and never throws: the one place where errors become responses.
 *
 * @param compose called once, at start; if it throws, that is logged at once, and every GET is a 500
 */
export function respond(compose: () => Api): (event: unknown, context?: unknown) => Promise<GatewayResponse> {
  const api = composeOrExplain(compose);
  return async (event, context) => {
    const started = nowMs();
    const request = parseEvent(event, api.config.publicBaseUrl);
    const requestId =
      parseRequestId(request?.requestId) ?? parseRequestId(ofContext(context, 'awsRequestId')) ?? randomUUID();
    const invocation = { log: api.log.with({ requestId }), trace: createTrace() };
    const write = writer(api.config, request, requestId);
    let failure: unknown;
    const response = await judge(api, request, invocation, context)
      .then((answer) => fitting(answer, write(answer), request))
      .catch((error: unknown) => {
        failure = error;
        return write(toProblem(error, requestId, request));
      });
    const outcome = { status: response.statusCode, durationMs: nowMs() - started, failure };
    report(invocation, request, { ...outcome, functionName: String(ofContext(context, 'functionName') ?? 'unknown') });
    return request?.method === 'HEAD' ? { ...response, body: '', isBase64Encoded: false } : response;
  };
}

async function judge(
  api: Api,
  request: Request | undefined,
  { log, trace }: Pick<Invocation, 'log' | 'trace'>,
  context: unknown,
): Promise<Answer> {
  if (!request) throw new RefusedError('unknown-event', 'This is no event of API Gateway, a Function URL or an ALB');
  const method = parseRoute(request);
  if (method === 'OPTIONS') {
    const headers = {
      allow: METHODS.join(', '),
      ...preflightHeaders(request.headers.get('origin'), api.config.corsOrigins),
    };
    return { status: 204, headers, body: '' };
  }
  const timeMs = timeToAnswerMs(context);
  return withinTime(timeMs, (deadline) => api.get(request, { log, trace, timeMs, deadline }));
}

/** Writes an answer in the form of its event source, with the headers that every answer has. */
function writer(
  config: HttpConfig,
  request: Request | undefined,
  requestId: string,
): (answer: Answer) => GatewayResponse {
  const common = commonHeaders(config, request, requestId);
  // Stryker disable next-line StringLiteral: what is no event gets the form that is not an ALB's
  const source = request?.source ?? 'http-api';
  return ({ status, headers, body }) => toGatewayResponse({ status, headers: { ...common, ...headers }, body }, source);
}

function fitting({ headers }: Answer, response: GatewayResponse, request: Request | undefined): GatewayResponse {
  if (!request || fits(response, request.source)) return response;
  const total = headers['x-total-count'];
  throw responseTooLarge(total === undefined ? {} : { total: Number(total) });
}

function composeOrExplain(compose: () => Api): Api {
  try {
    return compose();
  } catch (error) {
    // Stryker disable next-line StringLiteral: nothing is logged here below the level of information
    const log = createLog('info');
    log.error('the function is misconfigured', { error });
    const config = { publicBaseUrl: undefined, corsOrigins: [], compressRestResponses: false };
    return { log, config, get: () => Promise.reject(error) };
  }
}

/** A request id is written into a header, a body and the log: only what looks like one is taken over. */
const parseRequestId = (id: unknown): string | undefined =>
  typeof id === 'string' && /^[\w=+/.:-]{1,128}$/.test(id) ? id : undefined;

const ofContext = (context: unknown, name: 'awsRequestId' | 'functionName'): unknown =>
  (context as Record<string, unknown> | null | undefined)?.[name];
