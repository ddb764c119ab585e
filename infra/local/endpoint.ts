/** Parses a DynamoDB endpoint, and checks whether it is on this machine. */

/** @throws Error unless `text` is an http or https URL: `localhost:8000` parses as a URL whose scheme is `localhost` */
export function parseEndpoint(text: string): string {
  const { protocol } = URL.canParse(text) ? new URL(text) : { protocol: '' };
  if (['http:', 'https:'].includes(protocol)) return text;
  throw new Error(`AWS_ENDPOINT_URL_DYNAMODB must be a URL such as http://localhost:8000, not ${JSON.stringify(text)}`);
}

/** Accepts only `localhost` and loopback addresses: any other name may lead to tables that others use. */
export function isLoopback(endpoint: string): boolean {
  const { hostname } = URL.canParse(endpoint) ? new URL(endpoint) : { hostname: '' }; // the URL class normalises IPv4 addresses
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
