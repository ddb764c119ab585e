/** Runs a command-line tool: what it throws becomes one line on stderr and exit code 1. */
export function runOrExplain(run: () => Promise<void>): void {
  run().catch((error) => {
    const [reason] = String(error.message).split('\n');
    console.error(reason);
    process.exit(1);
  });
}
