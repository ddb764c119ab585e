import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { type ReferenceFile, type ReferenceOptions, referenceFiles } from './reference';

/**
 * Serves the reference page under `/docs`, reading its files for each request, and redirects `/` to it. Passes all other
 * requests to the API.
 *
 * @param options without `server`, openapi.yaml names the host of the request
 */
export function withReference(api: RequestListener, options: ReferenceOptions): RequestListener {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (!['GET', 'HEAD'].includes(request.method ?? '')) return api(request, response);
    if (path === '/') return response.writeHead(302, { location: '/docs/' }).end();
    if (path === '/docs') return response.writeHead(308, { location: '/docs/' }).end();
    const name = path === '/docs/' ? 'index.html' : path.replace(/^\/docs\//, '');
    const files = referenceFiles({ server: `http://${request.headers.host}`, ...options, isOnApi: true });
    const file = files.find((each) => path.startsWith('/docs/') && each.name === name);
    if (!file) return api(request, response);
    response.writeHead(200, headersOf(file)).end(request.method === 'GET' ? file.content : '');
  };
}

const headersOf = ({ name, mediaType, content }: ReferenceFile) => ({
  'content-type': mediaType,
  'content-length': Buffer.byteLength(content),
  'cache-control': 'no-cache',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  ...(name === 'index.html' ? { 'content-security-policy': securityPolicy(content.toString()) } : {}),
});

/** Allows the page's own files and inline scripts; Scalar adds inline styles. */
function securityPolicy(page: string): string {
  const scripts = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text = '']) => `'sha256-${sha256(text)}'`);
  return [
    "default-src 'none'",
    ["script-src 'self'", ...scripts].join(' '),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self' https:", // requests to try may go to a deployment
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');
