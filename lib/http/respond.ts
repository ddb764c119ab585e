import { randomUUID } from 'node:crypto';
import { RefusedError } from '../errors';
import { createLog, type Log } from '../log';
import { createTrace, type Trace } from '../trace';
import { type Answer, fits, type GatewayResponse, toGatewayResponse } from './answer';
import { commonHeaders, type HttpConfig } from './commonHeaders';
import { preflightHeaders } from './cors';
import { timeToAnswerMs, withinTime } from './deadline';
import { responseTooLarge } from './listBody';
import { type Outcome, requestMetrics } from './metrics';
import { failureOf, toProblem } from './problem';
import { parseEvent, type Request } from './request';
import { METHODS, parseRoute } from './route';

/** What a route may use of the invocation that it runs in. */
type Invocation = {
  readonly log: Log;
  readonly trace: Trace;
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
    const started = performance.now();
    const request = parseEvent(event, api.config.publicOrigin);
    const requestId =
      parseRequestId(request?.requestId) ?? parseRequestId(ofContext(context, 'awsRequestId')) ?? randomUUID();
    const invocation = { log: api.log.with({ requestId }), trace: createTrace() };
    const write = writer(api.config, request, requestId);
    let failure: unknown;
    const response = await judge(api, request, invocation, timeToAnswerMs(context))
      .then((answer) => fitting(write(answer), request))
      .catch((error: unknown) => {
        failure = error;
        return write(toProblem(error, requestId, request));
      });
    const outcome = { status: response.statusCode, durationMs: performance.now() - started, failure };
    report(invocation, request, { ...outcome, functionName: String(ofContext(context, 'functionName') ?? 'unknown') });
    return request?.method === 'HEAD' ? { ...response, body: '', isBase64Encoded: false } : response;
  };
}

async function judge(
  api: Api,
  request: Request | undefined,
  invocation: Omit<Invocation, 'deadline'>,
  timeMs: number,
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
  return withinTime(timeMs, (deadline) => api.get(request, { ...invocation, deadline }));
}

/** Writes an answer in the form of its event source, with the headers that every answer has. */
function writer(
  config: HttpConfig,
  request: Request | undefined,
  requestId: string,
): (answer: Answer) => GatewayResponse {
  const common = commonHeaders(config, request, requestId);
  return ({ status, headers, body }) =>
    toGatewayResponse({ status, headers: { ...common, ...headers }, body }, request?.source ?? 'http-api');
}

function fitting(response: GatewayResponse, request: Request | undefined): GatewayResponse {
  if (request && !fits(response, request.source)) throw responseTooLarge();
  return response;
}

/** The request's line in the log, with its metrics; before it a line for a failure that was not the caller's. */
function report(
  { log, trace }: Omit<Invocation, 'deadline'>,
  request: Request | undefined,
  { failure, ...outcome }: Outcome & { readonly failure: unknown },
): void {
  const { status, durationMs } = outcome;
  if (status === 500) log.error('the request failed', { error: failure });
  if (status === 503) log.warn('DynamoDB was not available', { error: failure });
  const fields = {
    method: request?.method.slice(0, 32),
    path: request?.path.slice(0, 256),
    status,
    problem: failure === undefined ? undefined : failureOf(failure),
    durationMs: Math.round(durationMs * 10) / 10,
    items: trace.items,
    calls: trace.calls,
    readUnits: trace.readUnits,
    tokenId: trace.tokenId,
  };
  log.metrics('request', fields, requestMetrics(outcome, trace));
}

function composeOrExplain(compose: () => Api): Api {
  try {
    return compose();
  } catch (error) {
    const log = createLog('info');
    log.error('the function is misconfigured', { error });
    const config = { publicOrigin: undefined, corsOrigins: [], compressRestResponses: false };
    return { log, config, get: () => Promise.reject(error) };
  }
}

/** A request id is written into a header, a body and the log: only what looks like one is taken over. */
const parseRequestId = (id: unknown): string | undefined =>
  typeof id === 'string' && /^[\w=+/.:-]{1,128}$/.test(id) ? id : undefined;

const ofContext = (context: unknown, name: 'awsRequestId' | 'functionName'): unknown =>
  (context as Record<string, unknown> | null | undefined)?.[name];
