import { generate } from 'selfsigned';

export type Certificate = { readonly key: string; readonly cert: string };

/** A self-signed certificate, with a key of the size that DynamoDB's has. */
export async function createCertificate(host = 'localhost', notAfterDate?: Date): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: host }], {
    keySize: 2048,
    algorithm: 'sha256',
    ...(notAfterDate ? { notAfterDate } : {}),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
    ],
  });
  return { key, cert };
}
