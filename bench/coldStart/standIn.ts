import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificate } from '../../test/certificate';
import { startFilledDatabase } from '../../test/filledDatabase';
import { startTlsFront } from '../../test/tlsFront';

const SIZE = 1_000;

export type StandIn = {
  /** The environment variables of a function in Lambda, and the certificate to trust. */
  readonly environment: NodeJS.ProcessEnv;
  readonly stop: () => Promise<void>;
};

/** Starts the embedded emulator over TLS, with a token, 1,000 instances and their page index. */
export async function startStandIn(token: string): Promise<StandIn> {
  const database = await startFilledDatabase(Array.from({ length: SIZE }, toInstance), [token]);
  const certificate = await createCertificate();
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const certificateFile = join(folder, 'certificate.pem');
  writeFileSync(certificateFile, certificate.cert);
  const tls = await startTlsFront(database.environment.AWS_ENDPOINT_URL_DYNAMODB, certificate);

  return {
    environment: {
      ...database.environment,
      AWS_ENDPOINT_URL_DYNAMODB: tls.endpoint,
      NODE_EXTRA_CA_CERTS: certificateFile,
      AWS_SESSION_TOKEN: 'x'.repeat(700), // as long as a role's
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'list',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
      POWERTOOLS_SERVICE_NAME: 'list',
    },
    stop: async () => {
      await tls.stop();
      await database.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

const toInstance = (_: unknown, i: number) => ({
  id: { N: String(i + 1) },
  uuid: { N: String(i + 1_001) },
  name: { S: `Lambda Instance ${i + 1}` },
});
