/** `npm run sbom`: writes a CycloneDX 1.6 bill of materials of the bundles in dist/ to standard output. */
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { v5 as uuidOf } from 'uuid';

const root = join(__dirname, '../..');

/**
 * Lists the packages whose files are in the bundles, and which of them depends on which, as esbuild recorded it in
 * `dist/meta.json`. `npm sbom` would list everything that is installed, nine tenths of it for development only.
 *
 * The serial number, which attestations require, derives from the content: the same build gives the same document.
 *
 * @throws Error if the document does not match CycloneDX's schema
 */
export function billOfMaterials() {
  const plugin = require.resolve('@cyclonedx/cyclonedx-esbuild');
  const generator = join(dirname(plugin), '../bin/cyclonedx-esbuild-cli.js'); // reads the build's metafile
  const options = ['--output-reproducible', '--validate', 'dist/meta.json'];
  const content = execFileSync(process.execPath, [generator, ...options], {
    cwd: root,
    encoding: 'utf8',
    stdio: 'pipe',
  });
  return { ...JSON.parse(content), serialNumber: `urn:uuid:${uuidOf(content, uuidOf.URL)}` };
}

if (require.main === module) console.log(JSON.stringify(billOfMaterials(), undefined, 2));
