/** Creates the API's reference page: docs/openapi.yaml, rendered by Scalar, without requests to other hosts. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseDocument } from 'yaml';

export type ReferenceFile = { readonly name: string; readonly mediaType: string; readonly content: string | Buffer };

export type ReferenceOptions = {
  /** The base URL of the requests to try, such as `https://api.example.org/v1`; by default the description's placeholder. */
  readonly server?: string | undefined;
  /** The operator's e-mail address. */
  readonly contact?: string | undefined;
  /** The token of the requests to try. */
  readonly token?: string | undefined;
  /** Whether the API serves the page, so that requests to try stay on its origin. */
  readonly isOnApi?: boolean;
};

export const PLACEHOLDER = 'https://api.example.org';

/** Returns the files of the page, which have to be in the same folder. */
export const referenceFiles = ({
  server,
  contact,
  token = '',
  isOnApi = false,
}: ReferenceOptions): readonly ReferenceFile[] => [
  { name: 'index.html', mediaType: 'text/html; charset=utf-8', content: page(token, isOnApi) },
  { name: 'openapi.yaml', mediaType: 'application/yaml', content: description(server ?? PLACEHOLDER, contact) },
  { name: 'scalar.js', mediaType: 'text/javascript; charset=utf-8', content: readFileSync(renderer) },
];

function description(server: string, contact: string | undefined): string {
  const text = readFileSync(join(__dirname, '../../docs/openapi.yaml'), 'utf8').replaceAll(PLACEHOLDER, () => server);
  if (contact === undefined) return text;
  const document = parseDocument(text);
  document.setIn(['info', 'contact', 'email'], contact);
  return document.toString({ lineWidth: 0 });
}

// This package of Scalar contains the browser bundle without the 300 packages that it is built from.
const renderer = join(dirname(require.resolve('@scalar/fastify-api-reference')), 'js/standalone.js');

const page = (token: string, isOnApi: boolean): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Lambda instances API</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <noscript>This page needs JavaScript. Without it, read <a href="openapi.yaml">openapi.yaml</a>.</noscript>
    <div id="reference"></div>
    <script src="scalar.js"></script>
    <script>Scalar.createApiReference('#reference', ${JSON.stringify(configuration(token, isOnApi))})</script>
  </body>
</html>
`;

const configuration = (token: string, isOnApi: boolean) => ({
  url: 'openapi.yaml',
  ...(isOnApi ? { servers: [{ url: '/', description: 'The host that serves this page' }] } : {}),
  customCss: '[role=dialog] .flex-1 { min-width: 0 }', // otherwise phones cut off its right edge
  authentication: {
    preferredSecurityScheme: 'authorization',
    securitySchemes: {
      authorization: { value: `Token ${token}` },
      authentication: { value: `Token ${token}` },
      apiKey: { value: token },
    },
  },
  // The page contacts only its own host and the API.
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
});
