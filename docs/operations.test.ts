import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const guide = read('docs/operations.md');

describe('docs/operations.md', () => {
  const alarms = readdirSync(join(root, 'infra/aws'))
    .filter((file) => file.endsWith('.yml'))
    .flatMap((file) => [...read(`infra/aws/${file}`).matchAll(/AlarmName: .*\}-([a-z-]+)$/gm)])
    .map(([, name = '']) => name);
  const [, runbook = ''] = /\n## When an alarm goes off\n([\s\S]*?)\n## /.exec(guide) ?? [];

  it('has exactly one section for every alarm', () => {
    const headings = [...runbook.matchAll(/^### `([a-z-]+)`$/gm)].map(([, name]) => name);
    expect(alarms.length).toBeGreaterThan(10);
    expect(headings.sort()).toEqual([...alarms].sort());
    expect(runbook).not.toMatch(/^###.*\n\n###/m); // nothing to do
  });

  it.each(['CONTRIBUTING.md', 'SECURITY.md', 'docs/operations.md'])(
    'and its companions name only existing files and scripts: %s',
    (file) => {
      const text = read(file);
      const { scripts } = JSON.parse(read('package.json'));
      for (const [, script = ''] of text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g))
        expect(scripts).toHaveProperty([script]);
      for (const [, path = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
        expect([path, existsSync(join(root, file, '..', path))]).toEqual([path, true]);
      }
    },
  );

  it.each(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/operations.md', 'docs/clients.md'])(
    'and its companions have no comments after commands, which an interactive zsh passes as arguments: %s',
    (file) => {
      const blocks = [...read(file).matchAll(/^( *)```(?:sh)?\n(.*?)^\1```/gms)].map(([, , block = '']) => block);
      expect(blocks.flatMap((block) => block.split('\n').filter((line) => /\S\s+#(\s|$)/.test(line)))).toEqual([]);
    },
  );

  it('names only parameters that serverless.yml has', () => {
    const parameters = /params:\n([\s\S]*?)\nprovider:/.exec(read('serverless.yml'))?.[1] ?? '';
    for (const name of [
      'alarmEmail',
      'domainName',
      'rollBackOnAlarms',
      'syntheticCheck',
      'latencyAlarmMs',
      'throttlingRate',
      'tablesOnRemoval',
    ]) {
      expect(guide).toContain(name);
      expect(parameters).toMatch(new RegExp(`^ +${name}:`, 'm'));
    }
  });
});
