/** Validates a packaged template against CloudFormation's own resource schemas and lint rules, without an account. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../../checks/run';

/** Rules that are broken on purpose. */
const ACCEPTED: Readonly<Record<string, string>> = {
  W3011: 'osls retains replaced versions of a function, which go when the function goes',
  W8003: 'whether a stage has a domain, or an address for alarms, is decided when its template is rendered',
  W9053: 'a stage with neither has two conditions of one value',
};

/** The parts of `aws-cdk-lib` that are used here. */
type Cdk = {
  readonly App: new (options: object) => { synth(): unknown };
  readonly Stack: new (app: object, id: string) => object;
};
type CdkInclude = { readonly CfnInclude: new (stack: object, id: string, options: { templateFile: string }) => object };

type Violation = { ruleName: string; description: string; violatingConstructs: { constructPath: string }[] };

/** Returns a line for each mistake in a template. The first call takes some 4 s of CPU time, later ones less. */
export function findMistakes(template: object): string[] {
  const cdk = packageFolder('aws-cdk-lib');
  const { App, Stack }: Cdk = require(cdk);
  const { CfnInclude }: CdkInclude = require(join(cdk, 'cloudformation-include'));
  const directory = mkdtempSync(join(tmpdir(), 'template-'));
  const templateFile = join(directory, 'template.json');
  const app = new App({
    analyticsReporting: false,
    outdir: join(directory, 'out'),
    context: {
      '@aws-cdk/core:validateAgainstDefaultRules': true,
      '@aws-cdk/core:failSynthOnValidationErrors': false, // does not print either: the report is read below
    },
  });
  try {
    writeFileSync(templateFile, JSON.stringify(template));
    try {
      new CfnInclude(new Stack(app, 'Stack'), 'Template', { templateFile });
    } catch (error) {
      return [String(error)]; // an undefined reference, a cycle, a missing property
    }
    app.synth();
    return readReport(join(directory, 'out/validation-report.json'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function readReport(file: string): string[] {
  const report: { pluginReports: { violations: Violation[] }[] } = JSON.parse(readFileSync(file, 'utf8'));
  return report.pluginReports
    .flatMap(({ violations }) => violations)
    .filter(({ ruleName }) => !(ruleName in ACCEPTED))
    .map(({ ruleName, description, violatingConstructs }) => {
      const logicalIds = violatingConstructs.map(({ constructPath }) => constructPath.split('/').at(-1));
      return `${ruleName} ${logicalIds.join(', ')}: ${description}`;
    });
}

if (require.main === module) {
  const file = join(__dirname, '../../.serverless/cloudformation-template-update-stack.json');
  const mistakes = findMistakes(JSON.parse(readFileSync(file, 'utf8')));
  for (const mistake of mistakes) console.error(mistake);
  process.exitCode = mistakes.length > 0 ? 1 : 0;
}
