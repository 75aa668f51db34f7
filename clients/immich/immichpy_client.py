"""The Python client of that system, unchanged, against a fresh server: KEYWRIGHT_URL."""

import asyncio
import json
import os
import sys
import traceback
import uuid

from immichpy import AsyncClient
from immichpy.client.generated.exceptions import ApiException
from immichpy.client.generated.models import (
    APIKeyCreateDto,
    APIKeyUpdateDto,
    LoginCredentialDto,
    Permission,
    SignUpDto,
    UserAdminCreateDto,
)

URL = os.environ["KEYWRIGHT_URL"]
ADMIN = {"email": "admin@example.com", "password": "a long enough password"}


class Tally:
    """Counts what held and what did not; one failure ends nothing, so that a run tells all of them."""

    passed = 0
    failed = 0

    async def check(self, what, work):
        try:
            await work()
            self.passed += 1
        except Exception:  # noqa: BLE001 - whatever it is, it is a failure of this check
            self.failed += 1
            print(f"FAILED: {what}", file=sys.stderr)
            traceback.print_exc()


def same(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r} is not {expected!r}")


async def refused(call, status, message):
    try:
        await call
    except ApiException as refusal:
        same(refusal.status, status)
        told = json.loads(refusal.body)
        same(told["message"], message)
        same(told["statusCode"], status)
        same(sorted(told), ["correlationId", "error", "message", "statusCode"])
        return
    raise AssertionError("not refused")


async def main():
    tally = Tally()
    nobody = AsyncClient(base_url=URL)
    clients = [nobody]

    def client(**credential):
        made = AsyncClient(base_url=URL, **credential)
        clients.append(made)
        return made

    state = {}

    async def the_server_is_there():
        same((await nobody.server.ping_server()).res, "pong")
        version = await nobody.server.get_server_version()
        same((version.major, version.minor, version.patch), (1, 137, 3))
        types = await nobody.server.get_supported_media_types()
        same((".jpg" in types.image, ".mp4" in types.video, ".xmp" in types.sidecar), (True, True, True))

    async def the_first_admin_signs_up_and_in():
        user = await nobody.auth.sign_up_admin(SignUpDto(name="Ada Admin", **ADMIN))
        same((user.email, user.is_admin, user.should_change_password), (ADMIN["email"], True, True))
        answer = await nobody.auth.login(LoginCredentialDto(**ADMIN))
        same((answer.user_email, answer.is_admin, answer.user_id), (ADMIN["email"], True, user.id))
        state["session"] = client(access_token=answer.access_token)
        same((await state["session"].auth.validate_access_token()).auth_status, True)
        same((await state["session"].users.get_my_user()).id, user.id)

    async def a_second_sign_up_and_a_wrong_password_are_refused():
        again = nobody.auth.sign_up_admin(SignUpDto(name="Eve", **ADMIN))
        await refused(again, 400, "The server already has an admin")
        wrong = LoginCredentialDto(email=ADMIN["email"], password="not the password")
        await refused(nobody.auth.login(wrong), 401, "Incorrect email or password")

    async def nobody_is_asked_who_they_are():
        await refused(nobody.api_keys.get_api_keys(), 401, "Authentication required")
        await refused(client(api_key="unknown").api_keys.get_api_keys(), 401, "Invalid API key")
        await refused(client(access_token="unknown").api_keys.get_api_keys(), 401, "Invalid user token")

    async def a_session_makes_a_key():
        permissions = [Permission.ASSET_DOT_UPLOAD, Permission.API_KEY_DOT_READ, Permission.API_KEY_DOT_CREATE]
        draft = APIKeyCreateDto(name="phone", permissions=permissions)
        made = await state["session"].api_keys.create_api_key(draft)
        uuid.UUID(made.api_key.id)
        same((made.api_key.name, made.api_key.permissions), ("phone", permissions))
        state["made"] = made
        state["key"] = client(api_key=made.secret)

    async def it_is_listed_and_shown():
        key = state["made"].api_key
        for caller in (state["session"], state["key"]):
            same(await caller.api_keys.get_api_keys(), [key])
            same(await caller.api_keys.get_api_key(uuid.UUID(key.id)), key)
        same(await state["key"].api_keys.get_my_api_key(), key)
        await refused(state["session"].api_keys.get_my_api_key(), 403, "Not authenticated with an API Key")

    async def it_does_what_it_was_given_alone():
        change = state["key"].api_keys.update_api_key(uuid.UUID(state["made"].api_key.id), APIKeyUpdateDto(name="x"))
        await refused(change, 403, "Missing required permission: apiKey.update")
        more = APIKeyCreateDto(permissions=[Permission.ASSET_DOT_DELETE])
        await refused(state["key"].api_keys.create_api_key(more), 400, "Cannot grant permissions you do not have")

    async def what_is_wrong_is_said():
        empty = APIKeyCreateDto.model_construct(permissions=[])
        few = ["permissions must contain at least 1 elements"]
        await refused(state["session"].api_keys.create_api_key(empty), 400, few)
        unknown = uuid.UUID("0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10")
        await refused(state["session"].api_keys.get_api_key(unknown), 400, "API Key not found")

    async def it_is_changed():
        key = uuid.UUID(state["made"].api_key.id)
        patch = APIKeyUpdateDto(name="tablet", permissions=[Permission.ALL])
        changed = await state["session"].api_keys.update_api_key(key, patch)
        same((changed.name, changed.permissions), ("tablet", [Permission.ALL]))
        same((await state["key"].assets.get_asset_statistics()).total, 0)

    async def a_person_is_added():
        draft = UserAdminCreateDto(email="bob@example.com", name="Bob", password="another long password")
        user = await state["key"].users_admin.create_user_admin(draft)
        same((user.email, user.is_admin, user.storage_label), ("bob@example.com", False, None))

    async def it_is_deleted():
        key = uuid.UUID(state["made"].api_key.id)
        await state["session"].api_keys.delete_api_key(key)
        await refused(state["key"].api_keys.get_api_keys(), 401, "Invalid API key")
        await refused(state["session"].api_keys.delete_api_key(key), 400, "API Key not found")
        same(await state["session"].api_keys.get_api_keys(), [])

    async def signing_out_ends_the_session():
        same((await state["session"].auth.logout()).successful, True)
        await refused(state["session"].auth.validate_access_token(), 401, "Invalid user token")

    try:
        for step in (
            the_server_is_there,
            the_first_admin_signs_up_and_in,
            a_second_sign_up_and_a_wrong_password_are_refused,
            nobody_is_asked_who_they_are,
            a_session_makes_a_key,
            it_is_listed_and_shown,
            it_does_what_it_was_given_alone,
            what_is_wrong_is_said,
            it_is_changed,
            a_person_is_added,
            it_is_deleted,
            signing_out_ends_the_session,
        ):
            await tally.check(step.__name__.replace("_", " "), step)
    finally:
        for one in clients:
            await one.close()
    print(f"immichpy: {tally.passed} passed, {tally.failed} failed")
    return 0 if tally.passed and not tally.failed else 1


sys.exit(asyncio.run(main()))
