/**
 * An API Gateway HTTP API before the built functions, with the routes that are deployed. serverless-offline answers
 * OPTIONS itself, allows every origin, rewrites paths and queries, and gives all requests one id.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pathOf, send, sendMessage, toEvent } from './httpApi';
import { createLambda, type Lambda } from './lambda';
import { readRoutedFunctions } from './routes';

export type Gateway = {
  readonly listener: RequestListener;
  /** Lets the next request have the functions as they were last built. */
  readonly reload: () => void;
};

export function createGateway(environment: NodeJS.ProcessEnv): Gateway {
  const routes = new Map<string, Lambda>();
  for (const { bundle, timeoutMs, routeKeys } of readRoutedFunctions()) {
    const lambda = createLambda(bundle, { environment, timeoutMs, log: (text) => process.stdout.write(text) });
    for (const key of routeKeys) routes.set(key, lambda);
  }
  return {
    listener: (request, response) => {
      answer(routes, request, response).catch((error: unknown) => {
        console.error(error);
        sendMessage(response, 500, 'Internal Server Error');
      });
    },
    reload: () => {
      for (const lambda of routes.values()) lambda.reload();
    },
  };
}

async function answer(
  routes: ReadonlyMap<string, Lambda>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  const path = pathOf(request);
  for (const routeKey of [`${request.method} ${path}`, `ANY ${path}`, '$default']) {
    const lambda = routes.get(routeKey);
    if (lambda) return send(await lambda.invoke(toEvent(routeKey, request, body)), response);
  }
  sendMessage(response, 404, 'Not Found');
}
