import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { scripts } from '../../package.json';
import { copyProject, type ProjectCopy } from '../../test/projectCopy';

describe('npm run docs', () => {
  let project: ProjectCopy;

  beforeAll(() => {
    project = copyProject();
  });

  afterAll(() => project.remove());

  const writeDocs = (...args: string[]) =>
    spawnSync('bash', ['-c', `${scripts.docs} "$@"`, 'docs', ...args], { cwd: project.directory, encoding: 'utf8' });
  const written = (): string => readFileSync(join(project.directory, 'site/openapi.yaml'), 'utf8');

  it('writes the description unchanged', () => {
    expect(writeDocs()).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('--server <url>') });
    expect(written()).toBe(readFileSync(join(project.directory, 'docs/openapi.yaml'), 'utf8'));
  });

  it("inserts the API's URL and the operator's address", () => {
    const { status, stderr } = writeDocs('--server', 'https://lists.example.com/v1/', '--contact', 'ops@example.com');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { info, servers, paths } = parse(written());
    expect(servers).toEqual([expect.objectContaining({ url: 'https://lists.example.com/v1' })]);
    expect(info.contact).toEqual({ name: expect.any(String), email: 'ops@example.com' });
    expect(paths['/backend/lambda-instances'].head['x-codeSamples'][0].source).toContain(
      'curl --head https://lists.example.com/v1/backend/lambda-instances ',
    );
    expect(written()).not.toContain('api.example.org');
  });
});
