/** Runs a local tool: an error becomes one line on stderr and exit code 1; a closed output pipe ends it. */
export function runOrExplain(run: () => Promise<void>): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    explain(error);
  });
  process.stderr.on('error', () => process.exit(1));
  run().catch(explain);
}

function explain(error: Error): void {
  const [reason] = String(error.message).split('\n');
  process.stderr.write(`${reason}\n`, () => process.exit(1));
}
