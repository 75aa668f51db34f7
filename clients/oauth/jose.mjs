// jose, unchanged, checks offline tokens of a fresh server by its published keys: KEYWRIGHT_URL, KEYWRIGHT_ROOT_KEY.

import { rejects } from 'node:assert/strict';
import { calculateJwkThumbprint, createRemoteJWKSet, jwtVerify } from 'jose';
import { check, conclude, same } from './tally.mjs';

const URL_OF_SERVER = process.env.KEYWRIGHT_URL;
const ROOT_KEY = process.env.KEYWRIGHT_ROOT_KEY;
const JWKS = `${URL_OF_SERVER}/.well-known/jwks.json`;
const AUDIENCE = 'https://api.example.com';
const HOUR = 3600;

async function post(path, key, body) {
  const response = await fetch(URL_OF_SERVER + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()).data;
}

const key = await post('/v1/api-keys', ROOT_KEY, { name: 'jose', permissions: ['asset.read'] });
const makeToken = async () =>
  (await post('/v1/api-keys/tokens', key.key, { ttlSeconds: HOUR, audience: AUDIENCE })).token;
const token = await makeToken();
const issuer = `urn:uuid:${key.organizationId}`;
const expected = { algorithms: ['EdDSA'], issuer, audience: AUDIENCE, typ: 'JWT' };
// A key set that was never fetched before, so that nothing is answered from what it keeps.
const verify = (text, options = {}) =>
  jwtVerify(text, createRemoteJWKSet(new URL(JWKS)), { ...expected, ...options });
const refused = (text, options, code) => rejects(verify(text, options), { code });

await check('a token verifies and says what it allows', async () => {
  const { payload, protectedHeader } = await verify(token, { subject: key.id, requiredClaims: ['jti', 'nbf', 'exp'] });
  same(payload.scope, 'asset.read');
  same(payload.client_id, key.id);
  same(payload.org, key.organizationId);
  same(protectedHeader.alg, 'EdDSA');
});
await check('each key is named by its thumbprint, and is public', async () => {
  const { keys } = await (await fetch(JWKS)).json();
  same(keys.length, 1);
  same(keys[0].kid, await calculateJwkThumbprint(keys[0]));
  same('d' in keys[0], false);
});
await check('another audience is refused', () =>
  refused(token, { audience: 'https://other.example.com' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'));
await check("another organization's issuer is refused", () =>
  refused(token, { issuer: 'urn:uuid:00000000-0000-7000-8000-000000000000' }, 'ERR_JWT_CLAIM_VALIDATION_FAILED'));
await check('an hour later it has expired', () =>
  refused(token, { currentDate: new Date(Date.now() + (HOUR + 1) * 1000) }, 'ERR_JWT_EXPIRED'));
await check('a changed one is refused', async () => {
  const [header, payload, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  claims.scope = 'all';
  const wider = Buffer.from(JSON.stringify(claims)).toString('base64url');
  await refused(`${header}.${wider}.${signature}`, {}, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
});
await check('a rotation leaves it valid', async () => {
  await post('/v1/signing-keys/rotate', ROOT_KEY, {});
  const { keys } = await (await fetch(JWKS)).json();
  same(keys.length, 2);
  await verify(token);
  await verify(await makeToken());
});
await check('a withdrawal does not, and the next one verifies', async () => {
  await post('/v1/signing-keys/rotate', ROOT_KEY, { withdraw: true });
  await refused(token, {}, 'ERR_JWKS_NO_MATCHING_KEY');
  await verify(await makeToken());
});

conclude('jose');
