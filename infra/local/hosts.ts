/**
 * Checks the host names of requests to the local server. With DNS rebinding, a page of another site can reach this server
 * under the site's name and read its responses; only the `Host` header reveals it.
 */
import { isIP } from 'node:net';

export type HostCheck = (authority: string | undefined) => boolean;

/**
 * Accepts `localhost`, names below it, IP addresses (which no DNS answer can redirect), and `names`, on any port: a
 * container or tunnel may map ports.
 */
export function createHostCheck(names: readonly string[]): HostCheck {
  const known = new Set(['localhost', ...names.map((name) => name.toLowerCase())]);
  return (authority) => {
    const host = parseHost(authority);
    return host !== undefined && (known.has(host) || host.endsWith('.localhost') || isIP(unbracketed(host)) > 0);
  };
}

/** Returns the host of `host[:port]` in lower case; undefined for anything else, such as `user@host` or `host/path`. */
function parseHost(authority = ''): string | undefined {
  return /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.exec(authority)?.[1]?.toLowerCase();
}

const unbracketed = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');
