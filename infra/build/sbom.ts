/** `npm run sbom`: what the bundles in dist/ are made of, as a CycloneDX 1.6 bill of materials. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

type Lock = { readonly packages: Readonly<Record<string, LockedPackage>> };
type LockedPackage = {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
};
type Metafile = { readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>> };

/**
 * The packages that files went into a bundle from. Not those that are installed: all of them are for development, as
 * far as npm knows, and nine of ten stay there.
 *
 * @throws Error for a bundled file of no package in the lock file
 */
export function billOfMaterials({ outputs }: Metafile, { packages }: Lock) {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', name: packages['']?.name, version: packages['']?.version } },
    components: [...folders].sort().map((folder) => toComponent(folder, packages[folder])),
  };
}

function toComponent(folder: string, locked: LockedPackage | undefined) {
  if (!locked?.version || !locked.integrity) throw new Error(`${folder} is in no lock file`);
  const name = locked.name ?? folder.replace(/^.*node_modules\//, '');
  const [algorithm, digest = ''] = locked.integrity.split('-');
  return {
    type: 'library',
    name,
    version: locked.version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${locked.version}`,
    ...(locked.license ? { licenses: [{ expression: locked.license }] } : {}),
    hashes: [{ alg: algorithm?.replace('sha', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') }],
  };
}

if (require.main === module) {
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
  console.log(JSON.stringify(billOfMaterials(read('dist/meta.json'), read('package-lock.json')), undefined, 2));
}
