// Counts what held and what did not; one failure ends nothing, so that a run tells all of them.

import { deepStrictEqual, ok } from 'node:assert/strict';

let passed = 0;
let failed = 0;

export async function check(what, work) {
  try {
    await work();
    passed += 1;
  } catch (error) {
    failed += 1;
    console.error(`FAILED: ${what}\n${error?.stack ?? error}`);
  }
}

export const same = (actual, expected) => deepStrictEqual(actual, expected);
export const holds = (condition, message) => ok(condition, message);

export function conclude(client) {
  console.log(`${client}: ${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
