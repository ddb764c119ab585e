/** Runs a script of this folder with the real bash and jq, and a stub of `aws`. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A part of a command line, and the stub's response: JSON, a sequence of JSON, or a failure. */
export type Answers = readonly (readonly [call: string, answer: unknown])[];
export class Failure {
  constructor(readonly message: string) {}
}
/** Responses to successive calls; the last one repeats. */
export class InTurn {
  readonly answers: readonly unknown[];
  constructor(...answers: unknown[]) {
    this.answers = answers;
  }
}

type Run = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: string[];
  /** The template passed to `aws cloudformation deploy`. */
  readonly deployed: string | undefined;
};

/** @param objects the objects in S3, by URL */
export function runScript(
  script: string,
  args: readonly string[],
  answers: Answers,
  objects: Readonly<Record<string, unknown>> = {},
): Run {
  const directory = mkdtempSync(join(tmpdir(), 'stand-in-'));
  try {
    writeFileSync(join(directory, 'aws'), standIn(directory, answers, objects), { mode: 0o755 });
    writeFileSync(join(directory, 'sleep'), '#!/bin/bash\n', { mode: 0o755 });
    const env = { PATH: `${directory}:${process.env.PATH}`, TMPDIR: directory };
    const { status, stdout, stderr } = spawnSync(join(__dirname, script), args, { env, encoding: 'utf8' });
    const calls = readFileSync(join(directory, 'calls'), 'utf8').split('\0').slice(0, -1);
    const deployed = join(directory, 'deployed');
    return {
      status,
      stdout,
      stderr,
      calls,
      deployed: existsSync(deployed) ? readFileSync(deployed, 'utf8') : undefined,
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Generates the stub in bash, which starts in milliseconds. Unexpected calls fail. */
function standIn(directory: string, answers: Answers, objects: Readonly<Record<string, unknown>>): string {
  const copies = Object.entries(objects).map(
    ([url, content]) => `*${quote(url)}*) echo ${quote(JSON.stringify(content))} >"\${@: -1}";;`,
  );
  const cases = answers.map(([call, answer], index) => {
    if (!(answer instanceof InTurn)) return `*${quote(call)}*) ${output(answer)};;`;
    const counter = quote(join(directory, `turn${index}`));
    const last = answer.answers.length - 1;
    const outputs = answer.answers.map((turn, at) => `${at === last ? '*' : at}) ${output(turn)};;`);
    return `*${quote(call)}*) turn=0; if [[ -e ${counter} ]]; then read -r turn <${counter}; fi
      echo $((turn + 1)) >${counter}
      case $turn in ${outputs.join(' ')} esac;;`;
  });
  return `#!/bin/bash
if [[ $1 == --output ]]; then shift 2; fi
printf '%s\\0' "$*" >>${quote(join(directory, 'calls'))}
previous=
for argument; do
  if [[ $previous == --template-file ]]; then cp "$argument" ${quote(join(directory, 'deployed'))}; fi
  previous=$argument
done
case "$*" in
${copies.join('\n')}
${cases.join('\n')}
*) echo "unexpected: $*" >&2; exit 252;;
esac
`;
}

function output(answer: unknown): string {
  if (answer === undefined) return ':';
  return answer instanceof Failure
    ? `echo ${quote(answer.message)} >&2; exit 254`
    : `echo ${quote(JSON.stringify(answer))}`;
}
