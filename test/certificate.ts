import { generate } from 'selfsigned';

export type Certificate = { readonly key: string; readonly cert: string };

/** Creates a self-signed certificate, with DynamoDB's key size. */
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
