import { Readable, Writable } from 'node:stream';
import type { Terminal } from './cli';
import { Interruption } from './interruption';

/** Simulates the process of a command-line tool. */
export type TestTerminal = Terminal & { readonly printed: { stdout: string; stderr: string } };

export function createTerminal(env: NodeJS.ProcessEnv, input: string | Uint8Array = ''): TestTerminal {
  const printed = { stdout: '', stderr: '' };
  const collect = (name: keyof typeof printed) =>
    new Writable({
      write: (chunk, _encoding, done) => {
        printed[name] += chunk;
        done();
      },
    });
  return {
    env,
    stdin: Readable.from([Buffer.from(input)]),
    stdout: collect('stdout'),
    stderr: collect('stderr'),
    interruption: new Interruption(),
    printed,
  };
}
