import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { billOfMaterials } from './sbom';

const read = (file: string) => JSON.parse(readFileSync(join(__dirname, '../..', file), 'utf8'));
const lock = read('package-lock.json');

describe('the bill of materials', () => {
  const { components, ...bill } = billOfMaterials(read('dist/meta.json'), lock);

  it('names what is deployed', () => {
    expect(bill).toEqual({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        component: { type: 'application', name: 'lambda-instances-api', version: read('package.json').version },
      },
    });
  });

  it('has what is left of the SDK, with its version, licence and digest, and nothing that only development needs', () => {
    const { version, integrity } = lock.packages['node_modules/@smithy/signature-v4'];
    expect(components).toContainEqual({
      type: 'library',
      name: '@smithy/signature-v4',
      version,
      purl: `pkg:npm/%40smithy/signature-v4@${version}`,
      licenses: [{ expression: 'Apache-2.0' }],
      hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.slice(7), 'base64').toString('hex') }],
    });
    expect(components.map(({ name }) => name)).not.toContain('esbuild');
    expect(components.map(({ name }) => name)).not.toContain('lossless-json');
  });

  it('has a package once for each version that is bundled', () => {
    const bundle = (...inputs: string[]) => ({
      outputs: { x: { inputs: Object.fromEntries(inputs.map((i) => [i, {}])) } },
    });
    const packages = {
      '': { name: 'api', version: '1.0.0' },
      'node_modules/a': { version: '2.0.0', integrity: 'sha512-AA==' },
      'node_modules/b/node_modules/a': { version: '1.0.0', integrity: 'sha512-AA==' },
    };
    const files = ['lib/a.ts', 'node_modules/a/x.js', 'node_modules/a/y.js', 'node_modules/b/node_modules/a/x.js'];
    expect(billOfMaterials(bundle(...files), { packages }).components.map(({ purl }) => purl)).toEqual([
      'pkg:npm/a@2.0.0',
      'pkg:npm/a@1.0.0',
    ]);
    expect(() => billOfMaterials(bundle('node_modules/c/x.js'), { packages })).toThrow(
      'node_modules/c is in no lock file',
    );
  });
});
