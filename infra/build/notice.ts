/** Collects the licences of bundled packages: Apache-2.0 §4 and MIT require a copy with each copy of the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Metafile = { readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, unknown>> }>> };
type Package = { readonly title: string; readonly license: string; readonly text: string };

/**
 * Lists the packages whose files are in the bundles, grouped by their licence and notice. A package without a licence text
 * is listed with the text of the licence that it declares.
 *
 * @param root the folder that the metafile's paths are relative to
 * @throws Error if no bundled package has the text of a package's licence
 */
export function noticeOf({ outputs }: Metafile, root: string): string {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  const packages = [...folders].sort().map((folder) => readPackage(join(root, folder)));
  const titles = new Map<string, string[]>();
  for (const { title, license, text: own } of packages) {
    const text = own || packages.find((other) => other.license === license && other.text)?.text;
    if (!text) throw new Error(`${title} comes without the text of its licence, ${license}`);
    titles.set(text, [...(titles.get(text) ?? []), title]);
  }
  const sections = [...titles].map(([text, group]) => `${group.join('\n')}\n\n${text}`);
  return `The code in this folder contains the following packages.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

function readPackage(folder: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file));
  const text = files.sort().map((file) => `${readFileSync(join(folder, file), 'utf8').trim()}\n`);
  return { title: `${name} ${version} (${license})`, license, text: text.join('\n') };
}
