/** The API's reference page: docs/openapi.yaml as Scalar draws it, with nothing fetched from elsewhere. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type ReferenceFile = { readonly name: string; readonly mediaType: string; readonly content: string | Buffer };

/**
 * The page's files, to stand side by side.
 *
 * @param token what its requests carry to begin with
 */
export const referenceFiles = (token = ''): readonly ReferenceFile[] => [
  { name: 'index.html', mediaType: 'text/html; charset=utf-8', content: page(token) },
  { name: 'openapi.yaml', mediaType: 'application/yaml', content: readFileSync(description) },
  { name: 'scalar.js', mediaType: 'text/javascript; charset=utf-8', content: readFileSync(renderer) },
];

const description = join(__dirname, '../../docs/openapi.yaml');
// Of Scalar's packages the one that brings the browser's bundle without the 300 packages that it was made of.
const renderer = join(dirname(require.resolve('@scalar/fastify-api-reference')), 'js/standalone.js');

const page = (token: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Lambda instances API</title>
    <link rel="icon" href="data:,">
  </head>
  <body>
    <noscript>This page needs JavaScript; its source, <a href="openapi.yaml">openapi.yaml</a>, does not.</noscript>
    <div id="reference"></div>
    <script src="scalar.js"></script>
    <script>Scalar.createApiReference('#reference', ${JSON.stringify(configuration(token))})</script>
  </body>
</html>
`;

const configuration = (token: string) => ({
  url: 'openapi.yaml',
  customCss: '[role=dialog] .flex-1 { min-width: 0 }', // or its right edge is cut off on a telephone
  authentication: {
    preferredSecurityScheme: 'authorization',
    securitySchemes: {
      authorization: { value: `Token ${token}` },
      authentication: { value: `Token ${token}` },
      apiKey: { value: token },
    },
  },
  // Nothing of this page's is any other host's business.
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
});
