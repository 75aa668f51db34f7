"""Authlib and PyJWT, unchanged, against a fresh server: KEYWRIGHT_URL, KEYWRIGHT_ROOT_KEY."""

import base64
import json
import os
import sys
import traceback

import jwt
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc7662 import IntrospectTokenValidator

URL = os.environ["KEYWRIGHT_URL"]
ROOT_KEY = os.environ["KEYWRIGHT_ROOT_KEY"]
JWKS = f"{URL}/.well-known/jwks.json"
INTROSPECT = f"{URL}/oauth2/introspect"
AUDIENCE = "https://api.example.com"
HOUR = 3600

passed = failed = 0


def check(work):
    """Counts what held and what did not; one failure ends nothing, so that a run tells all of them."""
    global passed, failed
    try:
        work()
        passed += 1
    except Exception:  # noqa: BLE001 - whatever it is, it is a failure of this check
        failed += 1
        print(f"FAILED: {work.__name__}", file=sys.stderr)
        traceback.print_exc()


def same(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r} is not {expected!r}")


def refused(error, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except error:
        return
    raise AssertionError(f"it was not refused with {error}")


def send(method, path, key, body=None):
    answer = requests.request(method, URL + path, json=body, headers={"Authorization": f"Bearer {key}"})
    answer.raise_for_status()
    return answer.json().get("data")


def make_key(name, *permissions):
    return send("POST", "/v1/api-keys", ROOT_KEY, {"name": name, "permissions": permissions})


asker = make_key("resource server", "apiKey.verify")
key = make_key("customer", "asset.read", "asset.list")
issuer = f"urn:uuid:{key['organizationId']}"


def make_token(**more):
    body = {"ttlSeconds": HOUR, "audience": AUDIENCE, **more}
    return send("POST", "/v1/api-keys/tokens", key["key"], body)["token"]


def introspect(token, hint=None):
    # As a confidential client does: HTTP Basic with the key's id and the key (client_secret_basic).
    session = OAuth2Session(client_id=asker["id"], client_secret=asker["key"])
    answer = session.introspect_token(INTROSPECT, token=token, token_type_hint=hint)
    same(answer.status_code, 200)
    same(answer.headers["cache-control"], "no-store")
    return answer.json()


def decode(token, **options):
    # A client of its own each time, so that nothing is answered from what it keeps.
    public = jwt.PyJWKClient(JWKS).get_signing_key_from_jwt(token)
    return jwt.decode(token, public, algorithms=["EdDSA"], **{"issuer": issuer, "audience": AUDIENCE, **options})


class Validator(IntrospectTokenValidator):
    def introspect_token(self, token_string):
        return introspect(token_string, "access_token")


class ABearer:
    """What a resource server has of a request."""

    headers = {}


def authlib_is_told_of_a_key():
    told = introspect(key["key"])
    same(told["active"], True)
    same(told["scope"].split(), ["asset.read", "asset.list"])
    same((told["sub"], told["client_id"], told["iss"]), (key["id"], key["id"], issuer))


def authlib_is_told_of_a_token():
    told = introspect(make_token(permissions=["asset.read"]))
    same((told["active"], told["scope"], told["aud"]), (True, "asset.read", AUDIENCE))
    same(told["exp"] - told["iat"], HOUR)


def authlib_s_validator_lets_in_and_refuses():
    validator = Validator()
    for good in (key["key"], make_token()):
        token = validator.authenticate_token(good)
        validator.validate_token(token, ["asset.read"], ABearer())
        refused(InsufficientScopeError, validator.validate_token, token, ["asset.delete"], ABearer())
    for bad in ("nonsense", "a.b.c", key["key"] + "x"):
        token = validator.authenticate_token(bad)
        refused(InvalidTokenError, validator.validate_token, token, ["asset.read"], ABearer())


def authlib_with_a_wrong_secret_is_refused():
    session = OAuth2Session(client_id=asker["id"], client_secret="wrong")
    answer = session.introspect_token(INTROSPECT, token=key["key"])
    same((answer.status_code, answer.json()["error"]), (401, "invalid_client"))
    assert "Basic" in answer.headers["www-authenticate"]


def pyjwt_verifies():
    claims = decode(make_token(), options={"require": ["exp", "iat", "nbf", "aud", "iss", "sub", "jti"]})
    same((claims["scope"], claims["sub"]), ("asset.read asset.list", key["id"]))


def pyjwt_refuses_another_audience_and_issuer():
    token = make_token()
    refused(jwt.InvalidAudienceError, decode, token, audience="https://other.example.com")
    refused(jwt.InvalidIssuerError, decode, token, issuer="urn:uuid:00000000-0000-7000-8000-000000000000")


def pyjwt_finds_it_expired_an_hour_later():
    # A leeway of less than nothing is a clock that is that much ahead; it would also find it too young.
    ahead = {"leeway": -(HOUR + 1), "options": {"verify_iat": False, "verify_nbf": False}}
    refused(jwt.ExpiredSignatureError, decode, make_token(), **ahead)


def pyjwt_refuses_a_changed_one():
    header, payload, signature = make_token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["scope"] = "all"
    wider = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    refused(jwt.InvalidSignatureError, decode, f"{header}.{wider}.{signature}")
    same(introspect(f"{header}.{wider}.{signature}"), {"active": False})


def a_token_under_the_public_key_as_a_shared_secret_is_inactive():
    public = requests.get(JWKS).json()["keys"][0]
    claims = jwt.decode(make_token(), options={"verify_signature": False})
    secret = base64.urlsafe_b64decode(public["x"] + "=")
    for algorithm, secret in (("HS256", secret), ("none", None)):
        forged = jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": public["kid"]})
        same(introspect(forged), {"active": False})


def a_rotation_leaves_tokens_valid_and_a_withdrawal_does_not():
    old = make_token()
    send("POST", "/v1/signing-keys/rotate", ROOT_KEY, {})
    same(len(requests.get(JWKS).json()["keys"]), 2)
    decode(old)
    same(introspect(old)["active"], True)
    send("POST", "/v1/signing-keys/rotate", ROOT_KEY, {"withdraw": True})
    refused(jwt.PyJWKClientError, decode, old)
    same(introspect(old), {"active": False})
    decode(make_token())


def a_revocation_reaches_introspection_and_not_who_checks_offline():
    token = make_token()
    send("DELETE", f"/v1/api-keys/{key['id']}", ROOT_KEY)
    same(introspect(key["key"]), {"active": False})
    same(introspect(token), {"active": False})
    decode(token)


for work in (
    authlib_is_told_of_a_key,
    authlib_is_told_of_a_token,
    authlib_s_validator_lets_in_and_refuses,
    authlib_with_a_wrong_secret_is_refused,
    pyjwt_verifies,
    pyjwt_refuses_another_audience_and_issuer,
    pyjwt_finds_it_expired_an_hour_later,
    pyjwt_refuses_a_changed_one,
    a_token_under_the_public_key_as_a_shared_secret_is_inactive,
    a_rotation_leaves_tokens_valid_and_a_withdrawal_does_not,
    # It ends the key that the others use.
    a_revocation_reaches_introspection_and_not_who_checks_offline,
):
    check(work)
print(f"Authlib and PyJWT: {passed} passed, {failed} failed")
sys.exit(failed > 0 or passed == 0)
