/**
 * Simulates the deployed API Gateway HTTP API in front of the built functions. serverless-offline would answer OPTIONS
 * itself, allow every origin, rewrite paths and queries, and give all requests the same id.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { bundleOf } from './functions';
import type { HostCheck } from './hosts';
import { readBody, send, sendMessage, targetOf, toEvent } from './httpApi';
import { createLambda, type Lambda } from './lambda';
import type { RequestLog } from './requestLog';
import { readRoutedFunctions } from './routes';

export type Gateway = {
  readonly listener: RequestListener;
  /** Serves the next request with the last build. */
  readonly reload: () => void;
};

export type GatewayOptions = {
  /** The complete environment of the functions. */
  readonly environment: NodeJS.ProcessEnv;
  readonly log: RequestLog;
  readonly inspectPort?: number | undefined;
};

export function createGateway({ environment, log, inspectPort }: GatewayOptions): Gateway {
  const routes = new Map<string, Lambda>();
  for (const { name, timeoutMs, routeKeys } of readRoutedFunctions()) {
    const lambda = createLambda(bundleOf(name), { environment, timeoutMs, log: log.write, inspectPort });
    for (const key of routeKeys) routes.set(key, lambda);
  }
  return {
    listener: async (request, response) => {
      const start = performance.now();
      const requestId = randomUUID();
      const failure = await answer(routes, requestId, request, response, log).catch((error: unknown) => {
        if (isAborted(request)) return undefined;
        sendMessage(response, 500, 'Internal Server Error');
        return error;
      });
      if (isAborted(request)) return;
      const durationMs = performance.now() - start;
      log.answered({ ...describe(request, response), durationMs, requestId, failure });
    },
    reload: () => {
      for (const lambda of new Set(routes.values())) lambda.reload();
    },
  };
}

/** Answers 403 to requests for other hosts, before they reach `listener`. */
export function withKnownHost(listener: RequestListener, isKnown: HostCheck, log: RequestLog): RequestListener {
  return (request, response) => {
    const { authority } = targetOf(request);
    if (isKnown(authority)) return listener(request, response);
    const host = authority === undefined ? 'requests without a host' : `the host ${JSON.stringify(authority)}`;
    const failure = `This server does not answer to ${host}. Behind a proxy or tunnel, start it with PUBLIC_BASE_URL`;
    sendMessage(response, 403, failure);
    log.answered({ ...describe(request, response), failure });
  };
}

/** Sends an answer; rejects if the function fails or the client aborts its request. */
async function answer(
  routes: ReadonlyMap<string, Lambda>,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
  log: RequestLog,
): Promise<void> {
  const body = await readBody(request);
  if (!body) return sendMessage(response, 413, 'Request Entity Too Large');
  const { path } = targetOf(request);
  for (const routeKey of [`${request.method} ${path}`, `ANY ${path}`, '$default']) {
    const lambda = routes.get(routeKey);
    if (!lambda) continue;
    log.started(requestId);
    return send(await lambda.invoke(toEvent(routeKey, requestId, request, body)), response);
  }
  sendMessage(response, 404, 'Not Found');
}

/** Whether the client hung up before its request was complete. */
const isAborted = (request: IncomingMessage): boolean => request.destroyed && !request.complete;

function describe(request: IncomingMessage, response: ServerResponse) {
  const { path, query } = targetOf(request);
  return { method: request.method ?? '', target: query ? `${path}?${query}` : path, status: response.statusCode };
}
