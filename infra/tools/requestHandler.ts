import { Agent as HttpsAgent } from 'node:https';
import { type AgentConnectOpts, Agent as RoutingAgent } from 'agent-base';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';

/** Creates HTTP options for an SDK client, with timeouts in milliseconds: by default the SDK waits indefinitely. */
export const createRequestHandler = ({ requestTimeout = 20_000 } = {}) => ({
  connectionTimeout: 5_000,
  requestTimeout,
  throwOnRequestTimeout: true,
  httpsAgent: new ProxyFromEnvironment({ keepAlive: true }),
});

/** Connects through the proxy that `HTTPS_PROXY` names, except to hosts in `NO_PROXY`, as the AWS CLI does. */
class ProxyFromEnvironment extends RoutingAgent {
  readonly #direct = new HttpsAgent({ keepAlive: true });
  readonly #proxies = new Map<string, HttpsProxyAgent<string>>();

  override connect(_request: unknown, { host, port }: AgentConnectOpts): HttpsAgent | HttpsProxyAgent<string> {
    const proxy = getProxyForUrl(`https://${host}:${port}`);
    if (!proxy) return this.#direct;
    const agent = this.#proxies.get(proxy) ?? new HttpsProxyAgent(proxy, { keepAlive: true });
    this.#proxies.set(proxy, agent);
    return agent;
  }
}
