/** Rules for workflows, each of which closes an attack path to production. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { BUNDLED_TOOLS } from '../build/bundleTools';
import { dependencies } from './package.json';

const root = join(__dirname, '../..');

export type Workflow = {
  readonly on: unknown;
  readonly permissions?: unknown;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
};
type Concurrency = { readonly group?: string; readonly 'cancel-in-progress'?: unknown };
export type Job = {
  readonly permissions?: unknown;
  readonly concurrency?: Concurrency;
  readonly environment?: string;
  readonly needs?: string | readonly string[];
  readonly strategy?: { readonly matrix?: Readonly<Record<string, readonly unknown[]>> };
  readonly 'timeout-minutes'?: number;
  readonly uses?: string;
  readonly steps?: readonly Step[];
};
type Step = {
  readonly if?: string;
  readonly 'timeout-minutes'?: number;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly 'continue-on-error'?: unknown;
};

export const parseWorkflow = (text: string): Workflow => parse(text);

/** Lists a workflow's violations of the rules. */
export function violations(text: string): string[] {
  const workflow = parseWorkflow(text);
  const jobs = Object.entries(workflow.jobs);
  return [
    ...ofText(text),
    ...ofWorkflow(workflow),
    ...jobs.flatMap(([name, job]) =>
      [...ofJob(job), ...(job.steps ?? []).flatMap(ofStep)].map((rule) => `${name}: ${rule}`),
    ),
  ];
}

function ofText(text: string): string[] {
  const broken = [];
  for (const [, action, comment] of text.matchAll(/^[\s-]*uses: *(\S+)(.*)$/gm)) {
    const isLocal = action?.startsWith('./');
    if (!isLocal && !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(action ?? ''))
      broken.push(`${action} is not pinned to a commit`);
    else if (!isLocal && !/^ # v\d+\.\d+\.\d+$/.test(comment ?? ''))
      broken.push(`${action} has no version in its comment`);
  }
  if (/\bsecrets\s*[.[:]/.test(text)) broken.push('it uses a secret');
  if (/aws-access-key-id|aws-secret-access-key|AWS_SECRET_ACCESS_KEY|\bA[KS]IA[0-9A-Z]{16}/.test(text)) {
    broken.push('it uses a key of AWS');
  }
  return broken;
}

/** Triggers that run with the base branch's rights on a stranger's input. */
const TRIGGERS_BY_STRANGERS = ['pull_request_target', 'workflow_run', 'issue_comment', 'issues', 'discussion'];

function ofWorkflow({ on, permissions, concurrency, jobs }: Workflow): string[] {
  const triggers = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on as object);
  const broken = triggers
    .filter((trigger) => TRIGGERS_BY_STRANGERS.includes(trigger))
    .map((trigger) => `${trigger} starts it`);
  if (JSON.stringify(permissions) !== '{}') broken.push('its jobs do not begin without permissions');
  const isOrdered = Object.values(jobs).every((job) => job.concurrency?.group || job.uses?.startsWith('./'));
  if (!concurrency?.group && !isOrdered) broken.push('it may run twice at once');
  return broken;
}

const WRITABLE = ['id-token', 'attestations', 'security-events'];

function ofJob({ permissions, environment, concurrency, steps = [], uses, ...job }: Job): string[] {
  const broken = [];
  if (typeof permissions !== 'object' || permissions === null) broken.push('it does not name its permissions');
  for (const [name, access] of Object.entries(permissions ?? {})) {
    if (access === 'write' && !WRITABLE.includes(name)) broken.push(`it may write ${name}`);
  }
  if (!uses && !job['timeout-minutes']) broken.push('it may hang for hours');
  const entersAws = steps.some((step) => step.uses?.startsWith('aws-actions/'));
  if (entersAws && !environment) broken.push('it assumes a role without an environment');
  if (environment && concurrency?.['cancel-in-progress'] !== false)
    broken.push('a deployment may be cut off, or run twice');
  const mayEnterAws = environment && Object(permissions)['id-token'] === 'write';
  return entersAws || mayEnterAws ? [...broken, ...steps.flatMap(ofStepWithRole)] : broken;
}

/** The only command that installs packages where code can assume a role. */
const INSTALL = 'npm ci --ignore-scripts --prefix infra/pipeline';
/** Commands that download code, or run what is installed for development. */
const DOWNLOADERS = /(?<![\w./-])(?:npm|npx|yarn|pnpm|corepack|bunx?|deno|pipx?3?|apt(?:-get)?|curl|wget)\s.*/g;

/** Code in such a job can act as the deployer, including every package and action that it uses. */
function ofStepWithRole({ uses = '', run = '' }: Step): string[] {
  const called = filesIn(run).filter((file) => file.endsWith('.sh') && existsSync(join(root, file)));
  const scripts = [run, ...called.map((file) => readFileSync(join(root, file), 'utf8').replace(/^\s*#.*/gm, ''))];
  const commands = scripts.flatMap((script) => script.match(DOWNLOADERS) ?? []).map((command) => command.trim());
  const foreign = commands.filter((command) => command !== INSTALL);
  if (uses && !/^(actions|aws-actions)\//.test(uses)) foreign.push(uses);
  return foreign.map((what) => `code that can assume a role: ${what}`);
}

function ofStep({ uses = '', run, ...step }: Step): string[] {
  const broken = [];
  if (step['continue-on-error']) broken.push('a step may fail unseen');
  if (uses.startsWith('actions/checkout@') && step.with?.['persist-credentials'] !== false) {
    broken.push('a checkout leaves its credentials behind');
  }
  return run === undefined ? broken : [...broken, ...ofScript(run)];
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** By script, since the workflows repeat theirs. */
const syntaxErrors = new Map<string, string>();

function ofScript(run: string): string[] {
  const broken = [];
  if (run.includes('${{')) broken.push('an expression is written into a script');
  const error = syntaxErrors.get(run) ?? spawnSync('bash', ['-n'], { input: run, encoding: 'utf8' }).stderr.trim();
  syntaxErrors.set(run, error);
  if (error) broken.push(`bash cannot parse a script: ${error}`);
  for (const [, script = ''] of run.matchAll(/npm run (?:--silent )?([\w:-]+)/g)) {
    if (!(script in scripts)) broken.push(`there is no npm script ${script}`);
  }
  for (const file of filesIn(run)) {
    if (!BUILT.includes(file) && !existsSync(join(root, file))) broken.push(`there is no ${file}`);
  }
  return broken;
}

/** Files that are installed by INSTALL or built, and so are missing in a checkout. */
const BUILT = [
  ...Object.keys(dependencies).map((name) => `infra/pipeline/node_modules/.bin/${name}`),
  ...BUNDLED_TOOLS.map((name) => `dist/tools/${name}.js`),
];

const filesIn = (run: string): string[] => run.match(/(?<=^|\s)(?:infra|\.ci|dist\/tools)\/[\w./-]+/gm) ?? [];
