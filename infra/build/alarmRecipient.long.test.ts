import { copyService, runServerless } from '../../test/packageService';

const WARNING = 'production has no alarmEmail (serverless.yml): its alarms are not sent to anyone';
const service = copyService();
afterAll(() => service.remove());

/** Deploys as far as it goes without credentials: the hooks before the deployment have run by then. */
function deploy(...options: string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: service.directory,
    AWS_EC2_METADATA_DISABLED: 'true',
    GITHUB_ACTIONS: 'true',
  };
  const { output } = runServerless(service.directory, ['deploy', ...options], env);
  expect(output).toContain('credentials not found');
  return output;
}

it('warns on the terminal and in GitHub if production has no address for alarms', () => {
  const output = deploy('--stage', 'production');
  expect(output).toContain(`Warning: ${WARNING}`);
  expect(output).toContain(`::warning title=Silent alarms::${WARNING}`);
});

it.each([
  ['production with an address', ['--stage', 'production', '--param', 'alarmEmail=a@example.org']],
  ['another stage', ['--stage', 'staging']],
])('does not warn about %s', (_, options) => {
  expect(deploy(...options)).not.toContain('alarmEmail');
});
