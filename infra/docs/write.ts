/** `npm run docs`: writes the reference page to `site/`, for any server of static files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceFiles } from './reference';

const site = join(__dirname, '../../site');
mkdirSync(site, { recursive: true });
for (const { name, content } of referenceFiles()) writeFileSync(join(site, name), content);
console.log('site/index.html is the page; it wants a server, since browsers let no file:// page fetch openapi.yaml');
