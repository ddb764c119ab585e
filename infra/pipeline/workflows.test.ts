import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Job, parseWorkflow, violations } from './workflowRules.testing';

const root = join(__dirname, '../..');
const directory = join(root, '.github/workflows');
const files = readdirSync(directory);
const read = (file: string) => readFileSync(join(directory, file), 'utf8');
const jobs = (file: string): Readonly<Record<string, Job>> => parseWorkflow(read(file)).jobs;

describe('the pipeline', () => {
  it.each(files)('breaks no rule in %s', (file) => {
    expect(violations(read(file))).toEqual([]);
  });

  const PLANTED: [rule: string, file: string, from: string | RegExp, to: string, violation: RegExp][] = [
    [
      'an action at a tag',
      'release.yml',
      /checkout@[0-9a-f]{40} # v[\d.]+/,
      'checkout@v7',
      /checkout@v7 is not pinned/,
    ],
    ['an action at a branch', 'deploy.yml', /setup-node@[0-9a-f]{40}/, 'setup-node@main', /@main is not pinned/],
    ['a short commit hash', 'codeql.yml', /checkout@([0-9a-f]{7})[0-9a-f]+/, 'checkout@$1', /is not pinned/],
    ['a commit without its version', 'codeql.yml', / # v7[\d.]+/, '', /has no version in its comment/],
    ['a secret', 'deploy.yml', 'vars.DEPLOY_ROLE', 'secrets.DEPLOY_ROLE', /uses a secret/],
    ['all secrets', 'release.yml', /with:\n {6}stage: staging\n {6}digests: .*/, 'secrets: inherit', /uses a secret/],
    ['an access key', 'deploy.yml', 'role-to-assume:', 'aws-access-key-id: x\n          role-to-assume:', /key of AWS/],
    [
      'the permissions of the repository',
      'pull-request.yml',
      'permissions: {}\n',
      '',
      /do not begin without permissions/,
    ],
    [
      'a job without permissions',
      'codeql.yml',
      /permissions:\n( {6}.*\n)+/,
      'name: x\n',
      /does not name its permissions/,
    ],
    ['all permissions', 'codeql.yml', /permissions:\n( {6}.*\n)+/, 'permissions: write-all\n', /does not name its/],
    ['a permission too many', 'release.yml', 'contents: read', 'contents: write', /build: it may write contents/],
    ['a workflow that may run twice at once', 'codeql.yml', /concurrency:\n( {2}.*\n)+/, '', /may run twice at once/],
    ['a job that may run twice at once', 'release.yml', / {4}concurrency:.*\n( {6}.*\n)+/, '', /may run twice at once/],
    ['a deployment that is cut off', 'deploy.yml', 'cancel-in-progress: false', 'cancel-in-progress: true', /cut off/],
    ["a stranger's trigger", 'pull-request.yml', 'on: pull_request', 'on: pull_request_target', /pull_request_target/],
    ['AWS without an environment', 'deploy.yml', / {4}environment: .*\n/, '', /assumes a role without an environment/],
    ['no time limit', 'deploy.yml', / {4}timeout-minutes: .*\n/, '', /hang for hours/],
    [
      'credentials left behind',
      'release.yml',
      'persist-credentials: false',
      'fetch-depth: 0',
      /leaves its credentials/,
    ],
    ['a failure unseen', 'deploy.yml', 'id: deploy', 'continue-on-error: true', /may fail unseen/],
    ['an expression in a script', 'deploy.yml', /(TIMESTAMP:) (.*)(\n.*)"\$TIMESTAMP"/, '$1 x$3$2', /written into/],
    ['a broken script', 'pull-request.yml', 'done\n', '\n', /bash cannot parse a script/],
    ['a misspelt npm script', 'release.yml', '--silent sbom', '--silent sbomm', /no npm script sbomm/],
    ['a misspelt tool', 'deploy.yml', 'tools/smoke.js', 'tools/smokee.js', /there is no dist\/tools\/smokee.js/],
    ['a misspelt package', 'deploy.yml', 'serverless deploy', 'serverles deploy', /there is no .*\/serverles$/],
    ['all packages with a role', 'deploy.yml', ' --prefix infra/pipeline', '', /role: npm ci --ignore-scripts$/],
    ["packages' scripts with a role", 'deploy.yml', ' --ignore-scripts', '', /role: npm ci --prefix infra/],
    ['npx with a role', 'deploy.yml', 'node dist/tools/smoke.js', 'npx smoke', /role: npx smoke "\$API_URL"$/],
    ['npm with a role', 'roll-back.yml', 'run: infra', 'run: npm ci && infra', /roll-back: .* role: npm ci && infra/],
    [
      "a role's token without an action",
      'deploy.yml',
      /uses: aws-actions.*\n.*\n.*\n.*\n.*aws-region: .*/,
      'run: npm install x',
      /can assume a role: npm install x$/,
    ],
    [
      "a stranger's action with a role",
      'deploy.yml',
      /actions\/setup-node@/,
      'x/setup-node@',
      /can assume a role: x\/setup-node@/,
    ],
    ['a misspelt file', 'deploy.yml', 'stackEnvironment.sh', 'stackEnv.sh', /there is no infra\/pipeline\/stackEnv.sh/],
  ];

  it.each(PLANTED)('breaks a rule with %s', (_, file, from, to, violation) => {
    const text = read(file);
    const planted = text.replace(from, to);
    expect(planted).not.toBe(text);
    expect(violations(planted)).toEqual([expect.stringMatching(violation)]);
  });

  it('pins each action to one commit everywhere', () => {
    const pins = files.flatMap((file) => read(file).match(/[\w-]+\/[\w-]+(?=[\w/-]*@).*/g) ?? []);
    expect(pins.length).toBeGreaterThan(10);
    const byAction = new Map(pins.map((pin) => [pin.split(/[/@]/, 2).join('/'), pin.replace(/^.*@/, '')]));
    for (const pin of pins) expect(pin.replace(/^.*@/, '')).toBe(byAction.get(pin.split(/[/@]/, 2).join('/')));
  });

  it('tests on every version that package.json supports', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const [oldest] = /\d+/.exec(engines.node) ?? [];
    expect(jobs('pull-request.yml').test?.strategy?.matrix?.node).toEqual([Number(oldest), 22, 24]);
  });

  it('deploys to production only what was built, tested, and smoke-tested in staging', () => {
    const { build, staging, production } = jobs('release.yml');
    const scripts = build?.steps?.map(({ run }) => run ?? '').join('\n');
    expect(scripts).toContain('.ci/run');
    const digests = `\${{ needs.build.outputs.digests }}`; // of the job that tested
    expect(staging).toMatchObject({
      needs: 'build',
      uses: './.github/workflows/deploy.yml',
      with: { stage: 'staging', digests },
    });
    expect(production).toMatchObject({
      needs: ['build', 'staging'],
      uses: './.github/workflows/deploy.yml',
      with: { stage: 'production', digests },
    });
  });

  it('writes the reference of each stage, with its base URL and no permission but to read', () => {
    const release = jobs('release.yml');
    for (const stage of ['staging', 'production']) {
      expect(release[`${stage}-reference`]).toEqual({
        needs: stage,
        permissions: { contents: 'read' },
        uses: './.github/workflows/reference.yml',
        with: { stage, 'api-url': `\${{ needs.${stage}.outputs.api-url }}` },
      });
    }
    expect(jobs('reference.yml').reference?.permissions).toEqual({ contents: 'read' });
  });

  it('installs the packages that were tested', () => {
    const lock = (folder: string) => JSON.parse(readFileSync(join(root, folder, 'package-lock.json'), 'utf8')).packages;
    const [tested, { '': project, ...installed }] = [lock('.'), lock('infra/pipeline')];
    expect(project.dependencies).toEqual({ serverless: tested[''].devDependencies.serverless });
    for (const [path, { version, integrity, resolved }] of Object.entries<Record<string, string>>(installed)) {
      expect({ path, version, integrity, resolved }).toEqual({
        path,
        version: tested[path]?.version,
        integrity: tested[path]?.integrity,
        resolved: tested[path]?.resolved,
      });
    }
  });

  it('checks the digest and origin of each zip and tool before it assumes a role', () => {
    const steps = jobs('deploy.yml').deploy?.steps?.map(({ uses, run }) => uses ?? run ?? '') ?? [];
    const at = (part: string) => steps.findIndex((step) => step.includes(part));
    const order = [
      'npm ci',
      'serverless package',
      'sha256sum --check',
      'aws-actions/',
      'serverless deploy',
      'pageIndex.js',
      'smokeToken.sh',
      'smoke.js',
    ];
    expect(order.map(at)).toEqual(order.map(at).sort((a, b) => a - b));
    expect(order.map(at)).not.toContain(-1);
    expect(steps[at('sha256sum --check')]).toMatch(
      /<<<"\$DIGESTS".* in package\/\*\.zip dist\/tools\/\*\.js;.*gh attestation verify .*--signer-workflow "\$BUILDER".*--source-ref refs\/heads\/main --source-digest "\$GITHUB_SHA"/s,
    );
  });

  it('does not let build and staging wait for the approval of production', () => {
    expect(parseWorkflow(read('release.yml')).concurrency).toBeUndefined();
    const { build } = jobs('release.yml');
    expect(build?.concurrency).toEqual({ group: 'build', 'cancel-in-progress': true });
    expect(jobs('deploy.yml').deploy?.concurrency).toEqual({
      group: `deploy-\${{ inputs.stage }}`,
      'cancel-in-progress': false,
    });
  });

  describe('a deployment', () => {
    const { steps = [], 'timeout-minutes': minutes = 0 } = jobs('deploy.yml').deploy ?? {};
    const at = (part: string) => steps.findIndex(({ run = '' }) => run.includes(part));

    it('deploys whatever was tried before, and compares what serves with what was built', () => {
      expect(steps[at('serverless deploy')]?.run).toContain('serverless deploy --force ');
      expect(at('servedCode.sh "$STACK" package')).toBe(at('serverless deploy') + 1);
    });

    it('adopts tables if the stack never ran a package, before it deploys', () => {
      expect(steps[at('adoptTables.sh')]?.if).toBe("steps.previous.outputs.timestamp == ''");
      expect(at('adoptTables.sh')).toBeLessThan(at('serverless deploy'));
    });

    it('rolls back if it failed, was cancelled or timed out once there was something to roll back', () => {
      const { if: condition } = steps[at('rollBack.sh')] ?? {};
      for (const part of ['always()', "job.status != 'success'", "timestamp != ''", 'steps.deploy.outcome']) {
        expect(condition).toContain(part);
      }
      expect(condition).not.toMatch(/failure\(\)|success\(\)/); // neither holds in a job that was cancelled
    });

    it('notes a release as one to go back to only after all that could roll it back', () => {
      expect(at('noteRelease.sh')).toBeGreaterThan(at('rollBack.sh'));
      expect(steps[at('noteRelease.sh')]?.if).toBeUndefined(); // that is: only if all steps before have succeeded
    });

    it('has steps that end before the job does, with time left to roll back', () => {
      const limited = steps.slice(at('serverless deploy'), at('rollBack.sh'));
      const limits = limited.map((step) => step['timeout-minutes'] ?? 1); // the others call AWS a few times
      expect(limits.reduce((sum, limit) => sum + limit)).toBeLessThan(minutes - 10);
    });
  });

  it('can be rolled back by hand, at either stage, without waiting for a deployment', () => {
    const { on, concurrency } = parseWorkflow(read('roll-back.yml'));
    expect(on).toMatchObject({ workflow_dispatch: { inputs: { stage: { options: ['production', 'staging'] } } } });
    expect(JSON.stringify(concurrency)).not.toContain('deploy');
    expect(jobs('roll-back.yml')['roll-back']?.environment).toBe(`\${{ inputs.stage }}`);
  });
});
