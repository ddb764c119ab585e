import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

type SignedRequest = Pick<IncomingMessage, 'method' | 'headers'> & { readonly body: string };

/** Computes AWS Signature Version 4 without the SDK: docs.aws.amazon.com, "Create a signed AWS API request". */
export function expectedSignature({ method, headers, body }: SignedRequest, secretAccessKey: string): string {
  const [, scope = '', names = ''] =
    /Credential=[^/]+\/([^,]+), SignedHeaders=([^,]+)/.exec(headers.authorization ?? '') ?? [];
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = `${method}\n/\n\n${lines.join('')}\n${names}\n${createHash('sha256').update(body).digest('hex')}`;
  const toSign = `AWS4-HMAC-SHA256\n${headers['x-amz-date']}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
  return hmac(scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`), toSign).toString('hex');
}

export const signatureOf = ({ headers }: SignedRequest): string | undefined =>
  /Signature=(\w+)/.exec(headers.authorization ?? '')?.[1];
