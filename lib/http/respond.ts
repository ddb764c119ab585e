import { randomUUID } from 'node:crypto';
import { timeToAnswerMs, withinTime } from '../deadline';
import { type Extent, RefusedError } from '../errors';
import { createLog, type Log } from '../log';
import { createTrace, nowMs, type Trace } from '../trace';
import { type Answer, fits, type GatewayResponse, toGatewayResponse } from './answer';
import { commonHeaders, type HttpConfig } from './commonHeaders';
import { preflightHeaders } from './cors';
import { type Problems, toProblem } from './problem';
import { report } from './report';
import { parseEvent, type Request } from './request';

/** The arguments of a GET besides the request. */
export type Invocation = {
  readonly log: Log;
  readonly trace: Trace;
  /** The time limit for the answer, in milliseconds from the start. */
  readonly timeMs: number;
  /** Aborts once the answer is there, or when just enough time is left to send a 503. */
  readonly deadline: AbortSignal;
};

/** The resource that a handler serves, independent of configuration. */
export type Resource = {
  readonly methods: readonly string[];
  /** Returns the resource's own path if a request's path leads to it. */
  readonly routeOf: (path: string) => string | undefined;
  /** Returns the method. Throws RefusedError not-found, method-not-allowed. */
  readonly parseRoute: (request: Request) => string;
  /** The request headers that identify the caller. */
  readonly credentialHeaders: readonly string[];
  readonly problems: Problems;
  /** Returns the headers for a refusal that knows the collection's extent. */
  readonly extentHeaders: (request: Request, extent: Extent) => Readonly<Record<string, string>>;
};

/** The parts of a valid configuration that a handler needs. */
export type Api = {
  readonly log: Log;
  readonly config: HttpConfig;
  /** Answers GET. Throws RefusedError, UnavailableError; any other error becomes a 500. */
  readonly get: (request: Request, invocation: Invocation) => Promise<Answer>;
};

/**
 * Returns a Lambda handler that answers every event and never throws: the only place where errors become responses.
 *
 * @param compose called once, at start; if it throws, the error is logged and every GET gets a 500
 */
export function respond(
  resource: Resource,
  compose: () => Api,
): (event: unknown, context?: unknown) => Promise<GatewayResponse> {
  const api = composeOrExplain(compose);
  return async (event, context) => {
    const started = nowMs();
    const request = parseEvent(event, api.config.publicBaseUrl);
    const requestId = parseRequestId(request?.requestId) ?? parseRequestId(awsRequestId(context)) ?? randomUUID();
    const invocation = { log: api.log.with({ requestId }), trace: createTrace() };
    const write = writer(resource, api.config, request, requestId);
    let failure: unknown;
    const response = await handle(resource, api, request, invocation, context)
      .then((answer) => unlessTooLarge(answer, write(answer), request))
      .catch((error: unknown) => {
        failure = error;
        const headersOf = (extent: Extent) => (request ? resource.extentHeaders(request, extent) : {});
        return write(toProblem(resource.problems, error, requestId, headersOf));
      });
    const sent = request?.method === 'HEAD' ? { ...response, body: '', isBase64Encoded: false } : response;
    const outcome = { sent, durationMs: nowMs() - started, failure, context };
    report(invocation, request && { method: request.method, route: resource.routeOf(request.path) }, outcome);
    return sent;
  };
}

async function handle(
  { parseRoute, methods }: Resource,
  api: Api,
  request: Request | undefined,
  { log, trace }: Pick<Invocation, 'log' | 'trace'>,
  context: unknown,
): Promise<Answer> {
  if (!request)
    throw new RefusedError('unknown-event', 'The event does not come from API Gateway, a Function URL or an ALB');
  const method = parseRoute(request);
  if (method === 'OPTIONS') {
    const [origin, requested] = ['origin', 'access-control-request-headers'].map((name) => request.headers.get(name));
    const preflight = preflightHeaders({ origin, requested }, api.config.corsOrigins, methods);
    return { status: 204, headers: { allow: methods.join(', '), ...preflight }, body: '' };
  }
  const timeMs = timeToAnswerMs(context);
  return withinTime(timeMs, (deadline) => api.get(request, { log, trace, timeMs, deadline }));
}

/** Returns a function that converts answers to the event source's format and adds the common headers. */
function writer(
  { credentialHeaders }: Resource,
  config: HttpConfig,
  request: Request | undefined,
  requestId: string,
): (answer: Answer) => GatewayResponse {
  const common = commonHeaders(config, credentialHeaders, request, requestId);
  // Stryker disable next-line StringLiteral: any format other than an ALB's is the same here
  const source = request?.source ?? 'http-api';
  return ({ status, headers, body }) => toGatewayResponse({ status, headers: { ...common, ...headers }, body }, source);
}

function unlessTooLarge(
  { tooLarge }: Answer,
  response: GatewayResponse,
  request: Request | undefined,
): GatewayResponse {
  if (tooLarge && request && !fits(response, request.source)) throw tooLarge;
  return response;
}

function composeOrExplain(compose: () => Api): Api {
  try {
    return compose();
  } catch (error) {
    // Stryker disable next-line StringLiteral: no line here is below level info
    const log = createLog('info');
    log.error('the function is misconfigured', { error });
    const config = { publicBaseUrl: undefined, corsOrigins: [], compressRestResponses: false };
    return { log, config, get: () => Promise.reject(error) };
  }
}

/** Adopts only a well-formed request id, since it goes into a header, a body and the log. */
const parseRequestId = (id: unknown): string | undefined =>
  typeof id === 'string' && /^[\w=+/.:-]{1,128}$/.test(id) ? id : undefined;

const awsRequestId = (context: unknown): unknown =>
  (context as { awsRequestId?: unknown } | null | undefined)?.awsRequestId;
