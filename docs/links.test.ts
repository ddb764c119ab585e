import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const documents = ['', 'docs', 'events'].flatMap((folder) => markdownIn(folder));

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((file) => (file.endsWith('.md') ? join(folder, file) : []));
}

/** A heading's anchor, as GitHub makes it. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(documents)('%s', (document) => {
  const text = readFileSync(join(root, document), 'utf8');

  it('has no broken links', () => {
    const broken = [...text.matchAll(/\]\((?!\w+:)([^)#]*)#?([^)]*)\)/g)].filter(([, path = '', anchor = '']) => {
      const target = path ? join(root, dirname(document), path) : join(root, document);
      return !existsSync(target) || (anchor && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('names only files that exist', () => {
    const named = [...text.matchAll(/`((?:handlers|lib|infra|test|bench|docs|events|checks)\/[\w./-]+\.\w+)`/g)];
    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('names only scripts of package.json', () => {
    const named = [...text.matchAll(/(?<=`|^|&& )npm (?:run )?(?!ci\b|run\b|install\b)([a-z][\w:-]*)/gm)].map(
      ([, name]) => name,
    );
    expect(named.filter((name) => !(`${name}` in scripts))).toEqual([]);
  });
});
