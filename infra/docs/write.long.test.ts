import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../..');

describe('npm run docs', () => {
  it.each([
    ['--server', 'nonsense', 'It must be a base URL such as https://api.example.org/v1.'],
    ['--server', 'ftp://example.com', 'It must be a base URL such as https://api.example.org/v1.'],
    ['--server', 'https://example.com/?stage=dev', 'It must be a base URL such as https://api.example.org/v1.'],
    ['--server', 'https://user@example.com', 'It must be a base URL such as https://api.example.org/v1.'],
    ['--contact', 'nobody', 'It must be an e-mail address.'],
  ])('refuses %s %s in one line', (option, value, reason) => {
    const args = ['run', 'docs', '--silent', '--', option, value];
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*\n$/);
    expect(stderr).toContain(reason);
  });
});
