// The official SDK of that system, unchanged, against a fresh server: KEYWRIGHT_URL.

import { readFileSync } from 'node:fs';

import {
  Permission,
  changePassword,
  createApiKey,
  createUserAdmin,
  defaults,
  deleteApiKey,
  getApiKey,
  getApiKeys,
  getAssetStatistics,
  getMyUser,
  getServerVersion,
  getSupportedMediaTypes,
  init,
  isHttpError,
  login,
  logout,
  pingServer,
  signUpAdmin,
  updateAdminOnboarding,
  updateApiKey,
  validateAccessToken,
} from '@immich/sdk';

import { check, conclude, holds, same } from './tally.mjs';

const admin = { email: 'Admin@Example.com', name: 'Ada Admin', password: 'a long enough password' };
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const fields = ['createdAt', 'id', 'name', 'permissions', 'updatedAt'];

defaults.baseUrl = `${process.env.KEYWRIGHT_URL}/api`;

const bySession = (token) => ({ headers: { authorization: `Bearer ${token}` } });
const byKey = (key) => ({ headers: { 'x-api-key': key } });

// A refusal, with all that is documented of it.
async function refused(call, status, error, message) {
  let caught;
  try {
    await call();
  } catch (thrown) {
    caught = thrown;
  }
  holds(isHttpError(caught), `not refused, but: ${caught}`);
  same(caught.status, status);
  // Of calls that answer nothing the SDK hands an error's body over as text.
  const data = typeof caught.data === 'string' ? JSON.parse(caught.data) : caught.data;
  const { correlationId, ...told } = data;
  same(told, { message, error, statusCode: status });
  same(caught.headers.get('x-immich-cid'), correlationId);
}
const badRequest = (call, message) => refused(call, 400, 'Bad Request', message);
const forbidden = (call, message) => refused(call, 403, 'Forbidden', message);
const unauthorized = (call, message) => refused(call, 401, 'Unauthorized', message);

let session;
let made;

await check('the server is there', async () => {
  same(await pingServer(), { res: 'pong' });
  same(await getServerVersion(), { major: 1, minor: 137, patch: 3 });
  const types = await getSupportedMediaTypes();
  holds(types.image.includes('.jpg') && types.video.includes('.mp4') && types.sidecar.includes('.xmp'));
});

await check('the first admin signs up', async () => {
  const user = await signUpAdmin({ signUpDto: admin });
  same(user.email, 'admin@example.com');
  same([user.isAdmin, user.shouldChangePassword, user.storageLabel], [true, true, 'admin']);
  same(Object.keys(user).length, 17);
});

await check('a second sign-up is refused', () =>
  badRequest(() => signUpAdmin({ signUpDto: admin }), 'The server already has an admin'));

await check('the admin signs in', async () => {
  const answer = await login({ loginCredentialDto: { email: admin.email, password: admin.password } });
  session = bySession(answer.accessToken);
  same([answer.userEmail, answer.name, answer.isAdmin], ['admin@example.com', 'Ada Admin', true]);
  same(await validateAccessToken(session), { authStatus: true });
});

await check('a wrong password is refused', () =>
  unauthorized(
    () => login({ loginCredentialDto: { email: admin.email, password: 'not the password' } }),
    'Incorrect email or password',
  ));

await check('the first steps go on', async () => {
  const adminOnboardingUpdateDto = { isOnboarded: true };
  same(await updateAdminOnboarding({ adminOnboardingUpdateDto }, session), '');
});

await check('nobody is asked who they are', () => unauthorized(() => getApiKeys(), 'Authentication required'));
await check('an unknown token is refused', () =>
  unauthorized(() => getApiKeys(bySession('unknown')), 'Invalid user token'));
await check('an unknown key is refused', () => unauthorized(() => getApiKeys(byKey('unknown')), 'Invalid API key'));

await check('a session makes a key', async () => {
  const permissions = [Permission.AssetUpload, Permission.ApiKeyRead, Permission.ApiKeyCreate, Permission.UserRead];
  made = await createApiKey({ apiKeyCreateDto: { name: 'phone', permissions } }, session);
  same(Object.keys(made).sort(), ['apiKey', 'secret']);
  same(Object.keys(made.apiKey).sort(), fields);
  same([made.apiKey.name, made.apiKey.permissions], ['phone', permissions]);
  holds(uuid.test(made.apiKey.id) && time.test(made.apiKey.createdAt) && time.test(made.apiKey.updatedAt));
});

await check('a key without a name has one', async () => {
  const { apiKey } = await createApiKey({ apiKeyCreateDto: { permissions: [Permission.All] } }, session);
  same(apiKey.name, 'API Key');
  await deleteApiKey({ id: apiKey.id }, session);
});

await check('the key is listed and shown, without its secret', async () => {
  same(await getApiKeys(session), [made.apiKey]);
  same(await getApiKeys(byKey(made.secret)), [made.apiKey]);
  same(await getApiKey({ id: made.apiKey.id }, session), made.apiKey);
});

await check('a key works as the SDK is set up with one', async () => {
  init({ baseUrl: defaults.baseUrl, apiKey: made.secret });
  try {
    same((await getMyUser()).email, 'admin@example.com');
  } finally {
    delete defaults.headers['x-api-key'];
  }
});

await check('a permission that a key lacks is named', async () => {
  const key = byKey(made.secret);
  const { id } = made.apiKey;
  const lacking = (permission) => `Missing required permission: ${permission}`;
  await forbidden(() => updateApiKey({ id, apiKeyUpdateDto: { name: 'x' } }, key), lacking('apiKey.update'));
  await forbidden(() => deleteApiKey({ id }, key), lacking('apiKey.delete'));
  await forbidden(() => getAssetStatistics({}, key), lacking('asset.statistics'));
  await forbidden(() => validateAccessToken(key), lacking('all'));
});

await check('a key grants no more than it has', () =>
  badRequest(
    () => createApiKey({ apiKeyCreateDto: { permissions: [Permission.AssetDelete] } }, byKey(made.secret)),
    'Cannot grant permissions you do not have',
  ));

await check('what is wrong with a request is said field by field', async () => {
  const known = readFileSync(new URL('permissions.txt', import.meta.url), 'utf8').trim().split('\n');
  const each = `each value in permissions must be one of the following values: ${known.join(', ')}`;
  const few = 'permissions must contain at least 1 elements';
  const create = (apiKeyCreateDto) => () => createApiKey({ apiKeyCreateDto }, session);
  await badRequest(create({ name: 'x' }), [few, each]);
  await badRequest(create({ permissions: [] }), [few]);
  await badRequest(create({ permissions: ['no.such'] }), [each]);
  await badRequest(create({ name: '', permissions: ['all'] }), ['name should not be empty']);
  await badRequest(create({ name: 3, permissions: ['all'] }), ['name must be a string']);
  await badRequest(() => getApiKey({ id: 'nonsense' }, session), ['id must be a UUID']);
});

await check('a key is changed', async () => {
  const { id } = made.apiKey;
  const named = await updateApiKey({ id, apiKeyUpdateDto: { name: 'tablet' } }, session);
  same([named.name, named.permissions], ['tablet', made.apiKey.permissions]);
  const permissions = [Permission.AssetStatistics, Permission.All];
  const widened = await updateApiKey({ id, apiKeyUpdateDto: { permissions } }, session);
  same([widened.name, widened.permissions, Object.keys(widened).sort()], ['tablet', permissions, fields]);
  same(await getAssetStatistics({}, byKey(made.secret)), { images: 0, videos: 0, total: 0 });
});

await check('a person is added, and reaches their own keys alone', async () => {
  const password = 'another long password';
  const userAdminCreateDto = { email: 'bob@example.com', name: 'Bob', password };
  const user = await createUserAdmin({ userAdminCreateDto }, session);
  same([user.isAdmin, user.storageLabel], [false, null]);
  const { accessToken } = await login({ loginCredentialDto: { email: 'bob@example.com', password } });
  const bob = bySession(accessToken);
  await forbidden(() => createUserAdmin({ userAdminCreateDto }, bob), 'Forbidden');
  await badRequest(() => getApiKey({ id: made.apiKey.id }, bob), 'API Key not found');
  same(await getApiKeys(bob), []);
  const newPassword = 'a password of my own';
  await badRequest(() => changePassword({ changePasswordDto: { password: 'wrong', newPassword } }, bob), 'Wrong password');
  same((await changePassword({ changePasswordDto: { password, newPassword } }, bob)).shouldChangePassword, false);
});

await check('a deleted key is refused and unknown', async () => {
  const { id } = made.apiKey;
  same(await deleteApiKey({ id }, session), '');
  await unauthorized(() => getApiKeys(byKey(made.secret)), 'Invalid API key');
  await badRequest(() => getApiKey({ id }, session), 'API Key not found');
  await badRequest(() => deleteApiKey({ id }, session), 'API Key not found');
  same(await getApiKeys(session), []);
});

await check('signing out ends the session', async () => {
  same(await logout(session), { successful: true, redirectUri: '/auth/login?autoLaunch=0' });
  await unauthorized(() => validateAccessToken(session), 'Invalid user token');
});

conclude('@immich/sdk');
