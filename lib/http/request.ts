/** Where an event came from decides how its answer is written. */
export type EventSource = 'http-api' | 'rest-api' | 'alb' | 'alb-multi-value';

/** A request, whatever sent it. */
export type Request = {
  readonly source: EventSource;
  readonly method: string;
  /** As the caller sent it, stage and base path included, as far as the event shows them. */
  readonly path: string;
  /** By lower-case name; a header sent several times has its values joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Decoded; a parameter given twice is there twice, where the event shows it. */
  readonly query: URLSearchParams;
  /** API Gateway's id of the request; an ALB gives none. */
  readonly requestId: string | undefined;
  /** Scheme and host as the caller knows them; undefined if the event does not show them. */
  readonly origin: string | undefined;
  /** What callers' URLs begin with, before the resource's own path, if the operator says so: it replaces all else. */
  readonly publicBaseUrl: string | undefined;
};

/**
 * Parses HTTP API (payloads 2.0 and 1.0), Function URL, REST API and ALB events; returns undefined for anything else.
 * Shapes: docs.aws.amazon.com, "Lambda proxy integrations" and "Lambda functions as targets".
 *
 * @param publicBaseUrl scheme, host and base path of callers' URLs, as the operator configured them
 */
export function parseEvent(event: unknown, publicBaseUrl?: string): Request | undefined {
  if (!isRecord(event)) return undefined;
  const context = isRecord(event.requestContext) ? event.requestContext : {};
  const headers = parseHeaders(event.headers, event.multiValueHeaders);
  const common = { headers, requestId: text(context.requestId), origin: originOf(context, headers), publicBaseUrl };
  if (isRecord(context.http)) {
    const [method, path] = [text(context.http.method), text(event.rawPath) ?? text(context.http.path)];
    return method && path
      ? { ...common, source: 'http-api', method, path: withoutStage(path, context), query: rawQuery(event) }
      : undefined;
  }
  const [method, path] = [text(event.httpMethod), text(event.path) ?? text(event.rawPath)];
  if (!method || !path) return undefined;
  if (isRecord(context.elb)) {
    const source = isRecord(event.multiValueHeaders) ? 'alb-multi-value' : 'alb';
    const origin = parseOrigin(headers.get('x-forwarded-proto') ?? 'http', headers.get('host'));
    return { ...common, source, origin, method, path, query: decoded(queryMaps(event)) };
  }
  // A REST API leaves the stage out of `path`, and has what the caller sent in the request context.
  const sent = text(context.path);
  const whole = sent?.endsWith(path) ? sent : path;
  const isHttpApi = event.version !== undefined; // in payload 1.0
  const known = isHttpApi ? withoutStage(whole, context) : whole;
  return { ...common, source: 'rest-api', method, path: known, query: queryMaps(event) };
}

/** An HTTP API puts a named stage before the path; the callers of a custom domain do not send it. */
function withoutStage(path: string, { stage, domainName = '' }: Record<string, unknown>): string {
  const prefix = `/${stage}`;
  const isCustomDomain = !/\.execute-api\./.test(String(domainName));
  return isCustomDomain && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

/** API Gateway speaks TLS alone. An emulator listens on a loopback address, and the event says how. */
function originOf({ domainName }: Record<string, unknown>, headers: ReadonlyMap<string, string>): string | undefined {
  const host = text(domainName);
  if (!host || !/^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(host)) {
    return host?.includes('.') ? parseOrigin('https', host) : undefined; // a name without a dot stands for no host
  }
  const port = /:\d+$/.test(host) ? undefined : headers.get('x-forwarded-port');
  return parseOrigin(headers.get('x-forwarded-proto') ?? 'http', port ? `${host}:${port}` : host);
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
  return new URLSearchParams(`&${[...query].map(([name, value]) => `${name}=${value}`).join('&')}`); // as in rawQuery
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

/** Undefined for a malformed host: a caller can write anything into `Host`. */
function parseOrigin(scheme: string, host: string | undefined): string | undefined {
  const isSound =
    /^https?$/.test(scheme) && host !== undefined && /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i.test(host);
  return isSound && URL.canParse(`${scheme}://${host}`) ? new URL(`${scheme}://${host}`).origin : undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
