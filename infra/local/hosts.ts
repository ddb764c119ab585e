/**
 * The host names that the local server answers to. DNS rebinding lets a page of another site reach this server under
 * the site's own name, and read its answers: only the `Host` header shows it.
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

/** The host of `host[:port]` in lower case; undefined for anything else, such as `user@host` or `host/path`. */
function parseHost(authority = ''): string | undefined {
  return /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.exec(authority)?.[1]?.toLowerCase();
}

const unbracketed = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');
