import type { Request } from '../http/request';
import { PATH } from './route';

type Link = { readonly page: number; readonly after?: string | undefined };
type Links = Readonly<Partial<Record<'first' | 'prev' | 'next' | 'last', Link>>>;

/**
 * Returns the `Link` header (RFC 8288): the caller's URL with the `page` and `after` of each link. Keeps other
 * parameters if the URL stays within `MAX_URL_LENGTH`.
 */
export function linkHeader(request: Request, links: Links): Readonly<Record<string, string>> {
  const { target, parameters } = withinLength(request);
  const entries = Object.entries(links).map(([relation, { page, after }]) => {
    const query = new URLSearchParams(parameters);
    query.set('page', String(page));
    if (after !== undefined) query.set('after', after);
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
  const limit = Math.min(Number(parameters.get('limit')), Number.MAX_SAFE_INTEGER); // clamped as in parsePage
  return {
    target: target.length <= MAX_URL_LENGTH ? target : '',
    parameters: new URLSearchParams({ limit: `${limit}` }),
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
