/** Handles tokens given as arguments: errors do not repeat them, and advise the operator. */
import type { Command } from 'commander';
import { ToolError } from './toolError';

const ADVICE =
  "Never pass a token as an argument: the shell's history, `ps`, npm's banner and npm's log show it. " +
  'Treat it as leaked. `npm run --silent token -- revoke -` reads it from standard input; so does `add`.';

/** Creates the error for an argument that is a token: `hint`, followed by the general advice. */
export const tokenInArguments = (hint = 'an argument is a token, and nothing was done'): ToolError =>
  new ToolError(`${hint}. ${ADVICE}`);

/** Hides arguments in errors about them, and adds the advice if one may be a token. */
export function hideArguments(program: Command, args: readonly string[]): Command {
  const commands = new Set(program.commands.map((command) => command.name()));
  const values = args
    .flatMap((arg) => [arg, arg.replace(/^[^=]*=/, '')])
    .filter((value) => value !== '' && !commands.has(value) && !/^--[a-z-]{1,20}$/.test(value))
    .sort((a, b) => b.length - a.length);
  const outputError = (text: string, write: (text: string) => void) => {
    const quoted = values.filter((value) => text.includes(`'${value}'`));
    const hidden = quoted.reduce((shown, value) => shown.replaceAll(`'${value}'`, "'…'"), text);
    const isSuspect = /too many arguments/.test(text) || quoted.some((value) => value.length >= SECRET_LENGTH);
    write(isSuspect ? `${hidden}${ADVICE}\n` : hidden);
  };
  for (const command of [program, ...program.commands]) command.configureOutput({ outputError });
  return program.hook('preAction', () => {
    if (args.some((arg) => OWN_TOKEN.test(arg))) throw tokenInArguments();
  });
}

const OWN_TOKEN = /lit_[0-9A-Za-z]{20}/;
const SECRET_LENGTH = 16; // shorter arguments are mistyped commands rather than secrets
