// The official command-line client of that system, unchanged, against a fresh server: `login` and `server-info`.
//
// It is started past its launcher, which asks for a newer Node than many machines have; the program itself runs on this one.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createApiKey, defaults, login, signUpAdmin } from '@immich/sdk';

import { check, conclude, holds, same } from './tally.mjs';

const url = process.env.KEYWRIGHT_URL;
const program = fileURLToPath(new URL('node_modules/@immich/cli/dist/index.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'immich-cli-'));

function cli(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '-d', folder, ...words], { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

defaults.baseUrl = `${url}/api`;
const password = 'a long enough password';
await signUpAdmin({ signUpDto: { email: 'admin@example.com', name: 'Ada', password } });
const { accessToken } = await login({ loginCredentialDto: { email: 'admin@example.com', password } });
const key = async (...permissions) => {
  const made = await createApiKey(
    { apiKeyCreateDto: { permissions } },
    { headers: { authorization: `Bearer ${accessToken}` } },
  );
  return made.secret;
};

const good = await key('server.about', 'asset.statistics', 'user.read');

await check('login finds the API, asks who one is, and keeps the key', () => {
  const { status, said } = cli('login', url, good);
  same(status, 0);
  holds(said.includes(`Discovered API at ${url}/api`), said);
  holds(said.includes('Logged in as admin@example.com'), said);
  holds(readFileSync(join(folder, 'auth.yml'), 'utf8').includes(good));
});

await check('server-info shows the version, the formats and that there are no photos', () => {
  const { status, said } = cli('server-info');
  same(status, 0);
  for (const line of ['Server Info (via admin@example.com)', 'Version: 1.137.3', 'Total: 0']) {
    holds(said.includes(line), said);
  }
  holds(/Images: .*\bjpg\b/.test(said) && /Videos: .*\bmp4\b/.test(said), said);
});

await check('a key that lacks a permission is told which', async () => {
  const { status, said } = cli('-u', url, '-k', await key('user.read'), 'server-info');
  same(status, 1);
  holds(said.includes('"server.about", "asset.statistics"'), said);
});

await check('an unknown key is refused', () => {
  const { status, said } = cli('login', url, 'unknown');
  same(status, 1);
  holds(said.includes('401') && said.includes('Invalid API key'), said);
});

await check('logout forgets the key', () => {
  same(cli('logout').status, 0);
});

rmSync(folder, { recursive: true });
conclude('@immich/cli');
