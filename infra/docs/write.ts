/** `npm run docs`: writes the reference page to `site/`, for any static web server. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { PLACEHOLDER, type ReferenceOptions, referenceFiles } from './reference';

const options = new Command('npm run docs --')
  .description('Writes the API reference to site/, as static files.')
  .option('--server <url>', 'the base URL of the API, for the requests to try', parseServer)
  .option('--contact <email>', "the operator's e-mail address to show", parseEmail)
  .parse()
  .opts<ReferenceOptions>();

const site = join(__dirname, '../../site');
mkdirSync(site, { recursive: true });
for (const { name, content } of referenceFiles(options)) writeFileSync(join(site, name), content);
console.log('wrote site/: serve it from a web server, since browsers block fetches from file:// pages');
if (!options.server) console.log(`the requests to try go to ${PLACEHOLDER}: set your API with -- --server <url>`);

/** Drops a trailing slash. @throws InvalidArgumentError unless it is a base URL */
function parseServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBase = url && /^https?:$/.test(url.protocol) && `${url.origin}${url.pathname}` === url.href;
  if (!isBase) throw new InvalidArgumentError(`It must be a base URL such as ${PLACEHOLDER}/v1.`);
  return url.href.replace(/\/$/, '');
}

function parseEmail(text: string): string {
  if (!/^[^\s@]+@[^\s@]+$/.test(text)) throw new InvalidArgumentError('It must be an e-mail address.');
  return text;
}
