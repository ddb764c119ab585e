/** The kind of service that sent an event; it determines the response format. */
export type EventSource = 'http-api' | 'rest-api' | 'alb' | 'alb-multi-value';

/** A request, independent of the event source. */
export type Request = {
  readonly source: EventSource;
  readonly method: string;
  /** As the event has it. */
  readonly path: string;
  /** As the caller sent it, as far as the event shows: with the base path, and the stage only if callers send it. */
  readonly callerPath: string;
  /** By lower-case name; the values of a repeated header are joined with commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** Decoded; a repeated parameter has all its values where the event shows them. */
  readonly query: URLSearchParams;
  /** API Gateway's request id; undefined for an ALB. */
  readonly requestId: string | undefined;
  /** Scheme and host as the caller used them; undefined if the event does not show them. */
  readonly origin: string | undefined;
  /** The configured base of callers' URLs, up to the resource's own path; overrides `origin` and the path's prefix. */
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
    if (!method || !path) return undefined;
    const callerPath = withoutStage(path, context);
    return { ...common, source: 'http-api', method, path, callerPath, query: rawQuery(event) };
  }
  const [method, path] = [text(event.httpMethod), text(event.path) ?? text(event.rawPath)];
  if (!method || !path) return undefined;
  if (isRecord(context.elb)) {
    const source = isRecord(event.multiValueHeaders) ? 'alb-multi-value' : 'alb';
    const origin = parseOrigin(headers.get('x-forwarded-proto') ?? 'http', headers.get('host'));
    return { ...common, source, origin, method, path, callerPath: path, query: decoded(queryMaps(event)) };
  }
  // A REST API omits the stage from `path`; the request context has the path that the caller sent.
  const sent = text(context.path);
  const whole = sent?.endsWith(path) ? sent : path;
  const isHttpApi = event.version !== undefined; // in payload 1.0
  const callerPath = isHttpApi ? withoutStage(whole, context) : whole;
  return { ...common, source: 'rest-api', method, path: whole, callerPath, query: queryMaps(event) };
}

/** Removes the named stage that an HTTP API puts before the path, where callers use a custom domain without it. */
function withoutStage(path: string, { stage, domainName }: Record<string, unknown>): string {
  const [prefix, host] = [`/${stage}`, text(domainName) ?? ''];
  const isCustomDomain = !/\.execute-api\./.test(host) && !isEmulator(host);
  return isCustomDomain && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}

/** Whether a domain name is an emulator's: API Gateway's have no port. */
const isEmulator = (host: string): boolean => /^(localhost|127\.[\d.]+|\[::1\])$|:\d+$/.test(host);

/** API Gateway accepts TLS only. An emulator's event has the scheme, and perhaps the port, in its headers. */
function originOf({ domainName }: Record<string, unknown>, headers: ReadonlyMap<string, string>): string | undefined {
  const host = text(domainName) ?? '';
  if (!isEmulator(host)) return host.includes('.') ? parseOrigin('https', host) : undefined; // no dot: not a public host
  const port = /:\d+$/.test(host) ? undefined : headers.get('x-forwarded-port');
  return parseOrigin(headers.get('x-forwarded-proto') ?? 'http', port ? `${host}:${port}` : host);
}

function parseHeaders(single: unknown, multiple: unknown): ReadonlyMap<string, string> {
  return new Map(
    [...lists(single, multiple, (name) => name.toLowerCase())].map(([name, list]) => [name, list.join(',')]),
  );
}

/** Payload 2.0 joins repeated parameters in its map; the raw query string keeps them apart. */
function rawQuery(event: Record<string, unknown>): URLSearchParams {
  const raw = text(event.rawQueryString);
  return raw === undefined ? queryMaps(event) : new URLSearchParams(`&${raw}`); // the & preserves a leading "?"
}

function queryMaps(event: Record<string, unknown>): URLSearchParams {
  const parameters = lists(event.queryStringParameters, event.multiValueQueryStringParameters, (name) => name);
  return new URLSearchParams(
    [...parameters].flatMap(([name, list]) => list.map((value): [string, string] => [name, value])),
  );
}

/** Decodes names and values, which an ALB passes on percent-encoded. */
function decoded(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams(`&${[...query].map(([name, value]) => `${name}=${value}`).join('&')}`); // as in rawQuery
}

/** Merges both maps, preferring the multi-value map's values; either may be null or lack a name. */
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

/** Returns undefined for a malformed host: `Host` is under the caller's control. */
function parseOrigin(scheme: string, host: string | undefined): string | undefined {
  const isSound =
    /^https?$/.test(scheme) && host !== undefined && /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i.test(host);
  return isSound && URL.canParse(`${scheme}://${host}`) ? new URL(`${scheme}://${host}`).origin : undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
