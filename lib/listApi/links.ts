import type { Request } from '../http/request';
import { PATH } from './route';

/** A page by its number, or as a step from the requested page, which may be numbered beyond 2^53. */
type Link = { readonly page: number } | { readonly step: -1 } | { readonly step: 1; readonly after: string };
type Links = Readonly<Partial<Record<'first' | 'prev' | 'next' | 'last', Link>>>;

/**
 * Returns the `Link` header (RFC 8288): the caller's URL with the `page` and `after` of each link. Keeps other
 * parameters if the URL stays within `MAX_URL_LENGTH`.
 */
export function linkHeader(request: Request, links: Links): Readonly<Record<string, string>> {
  const { target, parameters } = withinLength(request);
  const entries = Object.entries(links).map(([relation, link]) => {
    const query = new URLSearchParams(parameters);
    const page = 'page' in link ? link.page : BigInt(String(query.get('page'))) + BigInt(link.step);
    query.set('page', String(page));
    if ('after' in link) query.set('after', link.after);
    return `<${target}?${query}>; rel="${relation}"`;
  });
  return { link: entries.join(', ') };
}

const MAX_URL_LENGTH = 2_000; // characters; four URLs must fit into API Gateway's limit of 10,240 bytes of headers

function withinLength(request: Request): { target: string; parameters: URLSearchParams } {
  const target = targetOf(request);
  const parameters = new URLSearchParams(request.query);
  parameters.delete('after');
  if (`${target}?${parameters}`.length <= MAX_URL_LENGTH) return { target, parameters };
  const clamped = (name: string): string => String(Math.min(Number(parameters.get(name)), Number.MAX_SAFE_INTEGER));
  return {
    target: target.length <= MAX_URL_LENGTH ? target : '',
    parameters: new URLSearchParams({ limit: clamped('limit'), page: clamped('page') }), // as in parsePage
  };
}

/** Returns the caller's URL up to its query; '' (a relative reference) if the host is unknown. */
function targetOf({ publicBaseUrl, origin, path, callerPath }: Request): string {
  const base = publicBaseUrl ?? origin;
  if (base === undefined) return '';
  const url = new URL(base);
  const own = publicBaseUrl === undefined ? callerPath : path.slice(path.lastIndexOf(PATH)); // with the trailing slash
  url.pathname = url.pathname.replace(/\/$/, '') + own; // set, not parsed: "//host/…" must stay a path
  return url.href;
}
