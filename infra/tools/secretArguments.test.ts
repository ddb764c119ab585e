import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { createTerminal } from './terminal.testing';
import { tokenTool } from './token';

const SAMPLE = 'tJ3b3f32f23ceuqdoS_TH7m0d6yxmlWL1r2ralKcttY';

describe('npm run token', () => {
  it('hides arguments that may be tokens', async () => {
    const client = { send: async () => ({}) } as unknown as DynamoDBClient;
    const secret = fc.stringMatching(/^-{0,2}S3[!#-+\--~]{6,60}$/);
    const place = fc.constantFrom(
      (text: string) => [text],
      (text: string) => ['help', text],
      (text: string) => ['add', text],
      (text: string) => ['add', '--label', 'x', text],
      (text: string) => ['add', '--label', 'x', '-', text],
      (text: string) => ['create', text],
      (text: string) => ['create', '--label', 'x', text],
      (text: string) => ['create', '--label', 'x', '--expires', text],
      (text: string) => ['create', '--label', 'x', `--expires=${text}`],
      (text: string) => ['create', '--label', 'x', `--token=${text}`],
      (text: string) => ['create', '--label', 'x', '--token', text],
      (text: string) => ['create', `--token=${text}`],
      (text: string) => ['list', text],
      (text: string) => ['list', '--json', text],
      (text: string) => ['revoke', 'x', text],
    );
    await fc.assert(
      fc.asyncProperty(secret, place, async (text, arrange) => {
        const terminal = createTerminal({ TOKENS_TABLE: 'tokens' }, text);
        const args = arrange(text);
        const exitCode = await tokenTool(args, terminal, () => client);
        const { stdout, stderr } = terminal.printed;
        expect(stdout + stderr).not.toContain(text);
        if (args[0] !== 'help') expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      }),
    );
  });

  it('advises what to do about a token among the arguments', async () => {
    const terminal = createTerminal({});
    await tokenTool([SAMPLE], terminal);
    expect(terminal.printed.stderr).toContain('Treat it as leaked');
  });
});
