import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findMistakes } from '../build/validateTemplate';
import { parseWorkflow } from './workflowRules';

const text = readFileSync(join(__dirname, 'deployer.yml'), 'utf8');
const template = parse(text);
const { Properties: role } = template.Resources.Deployer;

describe("the pipeline's role", () => {
  it('is one that CloudFormation can make', () => {
    expect(text).not.toMatch(/\s[&*]\w/); // it knows no YAML aliases
    expect(findMistakes(template)).toEqual([]);
  });

  it('is assumed by jobs of the environment of the stage, in this repository, and by nobody else', () => {
    expect(role.AssumeRolePolicyDocument.Statement).toEqual([
      expect.objectContaining({
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': { 'Fn::Sub': `repo:\${Repository}:environment:\${Stage}` },
          },
        },
      }),
    ]);
  });

  it('lasts as long as the pipeline asks for', () => {
    const workflow = readFileSync(join(__dirname, '../../.github/workflows/deploy.yml'), 'utf8');
    const steps = parseWorkflow(workflow).jobs.deploy?.steps ?? [];
    const enter = steps.find(({ uses }) => uses?.startsWith('aws-actions/'));
    expect(enter?.with?.['role-duration-seconds']).toBe(role.MaxSessionDuration);
  });

  it('has no action on all there is but those that AWS limits to no resource, or that a condition limits', () => {
    type Statement = { Action: string | string[]; Resource: unknown; Condition?: unknown };
    const statements: Statement[] = role.Policies[0].PolicyDocument.Statement;
    const unlimited = statements.filter(({ Resource, Condition }) => Resource === '*' && !Condition);
    for (const action of unlimited.flatMap(({ Action }) => Action)) {
      expect(action).toMatch(/^\w+:(Describe|Get|List|Validate)|LogDelivery$|^logs:PutResourcePolicy$/);
    }
  });
});
