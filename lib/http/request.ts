/** Where an event came from decides how its answer is written. */
export type EventSource = 'http-api' | 'rest-api' | 'alb' | 'alb-multi-value';

/** A request, whatever sent it. */
export type Request = {
  readonly source: EventSource;
  readonly method: string;
  /** As the caller sent it, stage and base path included. */
  readonly path: string;
  /** By lower-case name; a header sent several times has its values joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Decoded; a parameter given twice is there twice, where the event shows it. */
  readonly query: URLSearchParams;
  /** API Gateway's id of the request; an ALB gives none. */
  readonly requestId: string | undefined;
  /** Scheme and host as the caller knows them, as far as the event tells; with a base path, if the operator says so. */
  readonly baseUrl: string | undefined;
};

/**
 * Understands HTTP API payload 2.0, Function URL, REST API payload 1.0 and ALB events; undefined for anything else.
 * Shapes: docs.aws.amazon.com, "Lambda proxy integrations" and "Lambda functions as targets".
 *
 * @param publicBaseUrl what the operator says the URLs begin with; absent: what the event says
 */
export function parseEvent(event: unknown, publicBaseUrl?: string): Request | undefined {
  if (!isRecord(event)) return undefined;
  const context = isRecord(event.requestContext) ? event.requestContext : {};
  const headers = parseHeaders(event.headers, event.multiValueHeaders);
  const common = {
    headers,
    requestId: text(context.requestId),
    baseUrl: publicBaseUrl ?? parseOrigin('https', text(context.domainName)),
  };
  if (isRecord(context.http)) {
    const [method, path] = [text(context.http.method), text(event.rawPath) ?? text(context.http.path)];
    return method && path ? { ...common, source: 'http-api', method, path, query: rawQuery(event) } : undefined;
  }
  const [method, path] = [text(event.httpMethod), text(event.path) ?? text(event.rawPath)];
  if (!method || !path) return undefined;
  if (isRecord(context.elb)) {
    const source = isRecord(event.multiValueHeaders) ? 'alb-multi-value' : 'alb';
    const baseUrl = publicBaseUrl ?? parseOrigin(headers.get('x-forwarded-proto') ?? 'http', headers.get('host'));
    return { ...common, source, baseUrl, method, path, query: decoded(queryMaps(event)) };
  }
  // `path` lacks the stage; the request context has it.
  const sent = text(context.path);
  return { ...common, source: 'rest-api', method, path: sent?.endsWith(path) ? sent : path, query: queryMaps(event) };
}

function parseHeaders(single: unknown, multiple: unknown): ReadonlyMap<string, string> {
  return new Map(
    [...lists(single, multiple, (name) => name.toLowerCase())].map(([name, list]) => [name, list.join(',')]),
  );
}

/** Payload 2.0 joins repeated parameters in its map; its raw query string shows what was sent. */
function rawQuery(event: Record<string, unknown>): URLSearchParams {
  const raw = text(event.rawQueryString);
  return raw === undefined ? queryMaps(event) : new URLSearchParams(`&${raw}`); // else a leading "?" would be lost
}

function queryMaps(event: Record<string, unknown>): URLSearchParams {
  const parameters = lists(event.queryStringParameters, event.multiValueQueryStringParameters, (name) => name);
  return new URLSearchParams(
    [...parameters].flatMap(([name, list]) => list.map((value): [string, string] => [name, value])),
  );
}

/** An ALB passes names and values on as they were sent, percent-encoded. */
function decoded(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].map(([name, value]) => `${name}=${value}`).join('&'));
}

/** The multi-value map knows all that the single one does, and more; either may be null, or lack a name. */
function lists(single: unknown, multiple: unknown, keyOf: (name: string) => string): Map<string, string[]> {
  const all = collect(multiple, keyOf);
  for (const [name, list] of collect(single, keyOf)) {
    if (!all.has(name)) all.set(name, list);
  }
  return all;
}

function collect(map: unknown, keyOf: (name: string) => string): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const [name, value] of Object.entries(isRecord(map) ? map : {})) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item !== 'string') continue;
      const list = all.get(keyOf(name));
      if (list) list.push(item);
      else all.set(keyOf(name), [item]);
    }
  }
  return all;
}

/** Undefined for what is no host: a caller can write anything into `Host`. */
function parseOrigin(scheme: string, host: string | undefined): string | undefined {
  const isSound =
    /^https?$/.test(scheme) && host !== undefined && /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i.test(host);
  return isSound && URL.canParse(`${scheme}://${host}`) ? new URL(`${scheme}://${host}`).origin : undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
