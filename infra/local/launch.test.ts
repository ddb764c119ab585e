import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { scripts } from '../../package.json';
import { bundleOf } from './functions';
import { parseStartOptions } from './startOptions';

type Configuration = { request: string; runtimeArgs?: string[]; outFiles: string[]; port?: number };

const root = join(__dirname, '../..');
const { configurations }: { configurations: Configuration[] } = JSON.parse(
  readFileSync(join(root, '.vscode/launch.json'), 'utf8'),
);

describe('.vscode/launch.json', () => {
  it('looks for breakpoints in the bundles of the local tools', () => {
    const folder = relative(root, dirname(bundleOf('listLambdaInstances')));
    for (const { outFiles } of configurations) expect(outFiles).toEqual([`\${workspaceFolder}/${folder}/*.js`]);
  });

  it('launches npm start and npm run invoke', () => {
    const names = configurations.flatMap(
      ({ runtimeArgs }) => runtimeArgs?.find((argument) => argument !== 'run') ?? [],
    );
    expect(names).toEqual(['start', 'invoke']);
    for (const name of names) expect(scripts).toHaveProperty(name);
  });

  it('attaches to the default port of --inspect', () => {
    const attached = configurations.filter(({ request }) => request === 'attach').map(({ port }) => port);
    expect(attached).toEqual([parseStartOptions(['--inspect'], {}).inspect]);
  });
});
