import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { billOfMaterials } from './sbom';

jest.setTimeout(60_000);

const read = (file: string) => JSON.parse(readFileSync(join(__dirname, '../..', file), 'utf8'));

type Component = { group?: string; name: string; version: string; licenses: unknown[]; 'bom-ref': string };
const nameOf = ({ group, name }: Component) => (group ? `${group}/${name}` : name);

describe('the bill of materials', () => {
  const { components, dependencies, metadata, ...bill } = billOfMaterials();
  const component = (name: string): Component => components.find((found: Component) => nameOf(found) === name);

  it('names the deployed service', () => {
    expect(metadata.component).toMatchObject({
      type: 'application',
      name: 'lambda-instances-api',
      version: read('package.json').version,
    });
  });

  it('lists each bundled package with version and licence, without development packages', () => {
    const { packages } = read('package-lock.json');
    const bundled = Object.values<{ inputs: object }>(read('dist/meta.json').outputs)
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
    const expected = [...new Set(bundled)].map((folder) => {
      const name = folder.replace(/^.*node_modules\//, '');
      return `${name}@${packages[folder].version} ${packages[folder].license}`;
    });
    const listed = components.map((found: Component) => {
      const [{ license }] = found.licenses as [{ license: { id: string } }];
      return `${nameOf(found)}@${found.version} ${license.id}`;
    });
    expect(listed.length).toBeGreaterThan(10);
    expect(listed.sort()).toEqual(expected.sort());
  });

  it('records which package depends on which', () => {
    const signer = component('@smithy/signature-v4');
    const core = component('@smithy/core');
    expect(dependencies).toContainEqual({
      ref: signer['bom-ref'],
      dependsOn: expect.arrayContaining([core['bom-ref']]),
    });
  });

  // https://github.com/actions/attest, src/sbom.ts: checkIsCycloneDX and MAX_SBOM_SIZE_BYTES
  it('meets the requirements of actions/attest: format, specification, serial number, at most 16 MB', () => {
    expect(bill).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: expect.stringMatching(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
    });
    expect(JSON.stringify({ components, dependencies, metadata, ...bill }).length).toBeLessThan(16 * 1024 * 1024);
  });

  it('is the same for the same build', () => {
    expect(billOfMaterials()).toEqual({ components, dependencies, metadata, ...bill });
  });
});
