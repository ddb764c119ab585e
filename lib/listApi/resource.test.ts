import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { commonHeaders } from '../http/commonHeaders';
import { parseCredential, TOKEN_HEADERS } from '../tokens/credential';
import { LAMBDA_INSTANCES } from './resource';

type Scheme = { readonly type: string; readonly in: string; readonly name: string };

describe('the headers that may carry a token', () => {
  it.each(TOKEN_HEADERS)('include %s', (name) => {
    expect(parseCredential(new Map([[name.toLowerCase(), 'Token abc']]))).toBe('abc');
  });

  it('are listed in Vary', () => {
    const config = { publicBaseUrl: undefined, corsOrigins: [], compressRestResponses: false };
    const { vary } = commonHeaders(config, LAMBDA_INSTANCES.credentialHeaders, undefined, 'r-1');
    expect(vary?.split(', ')).toEqual([...TOKEN_HEADERS]);
  });

  it('are alternative security schemes in openapi.yaml', () => {
    const { components, security } = parse(readFileSync(join(__dirname, '../../docs/openapi.yaml'), 'utf8'));
    const schemes: [string, Scheme][] = Object.entries(components.securitySchemes);
    expect(schemes.map(([, { type, in: place, name }]) => [type, place, name.toLowerCase()])).toEqual(
      TOKEN_HEADERS.map((name) => ['apiKey', 'header', name.toLowerCase()]),
    );
    expect(security).toEqual(schemes.map(([scheme]) => ({ [scheme]: [] })));
  });
});
