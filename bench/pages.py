#!/usr/bin/env python3
"""How long the console's pages take, and how large they are, where one organization has very many keys.

    bench/pages.py target/release/keywright FOLDER [--keys 1000000]

FOLDER must not exist. It is filled with copies of a few keys that are made as all are, with counts of use over 30 days, a
request log and an audit log; then each page is asked for 50 times over one connection, and its median and slowest times are
told, with what a first visit loads: the page and its assets, compressed as a proxy in front would (gzip).
"""

import argparse
import atexit
import gzip
import http.client
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import uuid

PASSWORD = "seven wet otters on a slide"
ROUNDS = 50
USED_KEYS = 2_000
BUDGET_MS = 20
BUDGET_BYTES = 150 * 1024


class Server:
    def __init__(self, binary, folder, port):
        self.address = ("127.0.0.1", port)
        listen = f"127.0.0.1:{port}"
        command = [binary, "serve", "--listen", listen, "--data-dir", folder, "--log-level", "error"]
        self.log = open(folder + ".log", "ab")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        atexit.register(self.process.kill)
        for _ in range(600):
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit(f"the server did not start; see {folder}.log")

    def connection(self):
        return http.client.HTTPConnection(*self.address, timeout=60)

    def get(self, path, cookie=None, connection=None):
        connection = connection or self.connection()
        connection.request("GET", path, headers={"cookie": f"keywright_session={cookie}"} if cookie else {})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def call(self, key, path, body):
        connection = self.connection()
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        answer = json.load(connection.getresponse())
        if answer["code"] != 200:
            sys.exit(f"{path}: {answer}")
        return answer["data"]

    def set_up(self, token):
        form = {"token": token, "email": "owner@example.com", "name": "Olive Owner", "password": PASSWORD}
        headers = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
        connection = self.connection()
        connection.request("POST", "/console/setup", urllib.parse.urlencode(form), headers)
        cookie = connection.getresponse().getheader("set-cookie") or sys.exit("the set-up link does not work")
        return re.match(r"keywright_session=([^;]*)", cookie)[1]

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def new_id(at_ms):
    return at_ms.to_bytes(6, "big") + bytes([0x70 | random.getrandbits(4), random.getrandbits(8),
                                             0x80 | random.getrandbits(6)]) + random.randbytes(7)


def multiply(path, count):
    """Copies keys and their secrets until there are so many, and adds what comes with use."""
    store = sqlite3.connect(path)
    store.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000;")
    store.row_factory = sqlite3.Row
    now_ms = int(time.time() * 1000)
    keys = [dict(row) for row in store.execute("SELECT * FROM keys WHERE name LIKE 'made %'")]
    secrets = {row["key_id"]: dict(row) for row in store.execute("SELECT * FROM key_secrets")}
    insert = lambda table, row: f"INSERT INTO {table} ({','.join(row)}) VALUES ({','.join(':' + name for name in row)})"
    ids = []
    for start in range(0, count, 50_000):
        rows, of_secrets = [], []
        for at in range(start, min(start + 50_000, count)):
            like = keys[at % len(keys)]
            made = now_ms - (count - at) * 1_000
            key = new_id(made)
            ids.append(key)
            name = f"customer {at}"
            rows.append({**like, "id": key, "number": random.getrandbits(53), "name": name, "name_lower": name,
                         "external_id": f"customer-{at // 3}", "created_at": made, "updated_at": made})
            of_secrets.append({**secrets[like["id"]], "key_id": key, "digest": random.randbytes(32), "created_at": made})
        store.executemany(insert("keys", rows[0]), rows)
        store.executemany(insert("key_secrets", of_secrets[0]), of_secrets)
    organization, owner = keys[0]["organization_id"], keys[0]["owner_id"]
    used = random.sample(ids, min(USED_KEYS, len(ids)))
    this_hour = now_ms // 3_600_000 * 60
    counts = []
    for key in used:
        for hour in range(30 * 24):
            if hour < 24 or random.random() < 0.2:
                counts.append((organization, this_hour - hour * 60, key, "VALID", random.randint(1, 500)))
            if random.random() < 0.05:
                code = random.choice(["EXPIRED", "REVOKED", "RATE_LIMITED", "INSUFFICIENT_PERMISSIONS"])
                counts.append((organization, this_hour - hour * 60, key, code, random.randint(1, 20)))
    store.executemany("INSERT OR IGNORE INTO usage_counts VALUES (?, ?, ?, ?, ?)", counts)
    store.execute("DELETE FROM usage_totals")
    store.execute("INSERT INTO usage_totals SELECT organization_id, minute, outcome, SUM(count) FROM usage_counts "
                  "GROUP BY 1, 2, 3")
    requests = []
    for at in range(500_000):
        when = now_ms - (500_000 - at) * 100
        requests.append((new_id(when), organization, used[at % len(used)], keys[0]["owner_kind"], owner, when, "GET",
                         "/photos/7", 200, "VALID", "198.51.100.7", "curl/8"))
    store.executemany("INSERT INTO key_requests (id, organization_id, key_id, owner_kind, owner_id, at, method, path, "
                      "status, outcome, address, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", requests)
    store.executemany("INSERT INTO key_uses (key_id, organization_id, at, address, agent) "
                      "VALUES (?, ?, ?, '198.51.100.7', 'curl/8')", [(key, organization, now_ms) for key in used])
    store.executemany("UPDATE keys SET is_used = 1 WHERE id = ?", [(key,) for key in used])
    event = dict(store.execute("SELECT * FROM audit_events WHERE action = 'apiKey.create'").fetchone())
    events = ({**event, "id": new_id(now_ms - at), "at": now_ms - at, "target_id": key}
              for at, key in enumerate(ids))
    store.executemany(insert("audit_events", event), events)
    store.commit()
    print(f"{count:,} keys, {len(counts):,} counts of {len(used):,} keys, {len(requests):,} requests", flush=True)
    return str(uuid.UUID(bytes=used[0])), str(uuid.UUID(bytes=owner))


def measure(server, cookie, path):
    connection, times = server.connection(), []
    for _ in range(ROUNDS + 3):
        start = time.perf_counter()
        status, body = server.get(path, cookie, connection)
        times.append((time.perf_counter() - start) * 1000)
        if status != 200:
            sys.exit(f"{path}: {status} {body[:300]!r}")
    times = sorted(times[3:])
    return times[len(times) // 2], times[int(len(times) * 0.99)], body


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("folder")
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--port", type=int, default=18_765)
    asked = parser.parse_args()
    if os.path.exists(asked.folder):
        sys.exit(f"{asked.folder} exists already")
    os.makedirs(asked.folder)
    data = os.path.join(asked.folder, "data")
    os.mkdir(data)
    os.chmod(data, 0o700)
    server = Server(asked.binary, data, asked.port)
    token = open(os.path.join(data, "setup-link")).read().strip().split("token=")[-1]
    cookie = server.set_up(token)
    root = open(os.path.join(data, "root-key")).read().strip()
    account = server.call(root, "/v1/service-accounts", {"name": "issuer", "permissions": ["all"]})
    for at in range(5):
        body = {"name": f"made {at}", "permissions": ["asset.read", f"asset.do{at}"], "serviceAccountId": account["id"]}
        server.call(root, "/v1/api-keys", body)
    server.stop()
    key, owner = multiply(os.path.join(data, "keywright.db"), asked.keys)
    server = Server(asked.binary, data, asked.port)
    pages = ["/console", "/console/keys", "/console/keys?q=customer+77", "/console/keys?q=nobody", "/console/keys?status=active",
             "/console/keys?status=revoked", "/console/keys?view=expiring", "/console/keys?view=unused",
             "/console/keys?sort=name", "/console/keys?sort=-lastUsedAt", f"/console/keys/{key}", f"/console/keys/{key}?range=30d", "/console/keys/new",
             f"/console/keys/{key}/edit", f"/console/keys/{key}/rotate", f"/console/keys/{key}/revoke",
             "/console/service-accounts", f"/console/service-accounts/{account['id']}", "/console/members", "/console/roles",
             "/console/catalogue", "/console/usage", "/console/usage?range=7d", "/console/usage?range=30d",
             "/console/usage?range=90d", f"/console/usage?key={key}", f"/console/usage?owner=serviceAccount%3A{owner}",
             "/console/usage/top", "/console/usage/top?range=30d", "/console/audit",
             "/console/audit?action=apiKey.revoke", f"/console/audit?target={key}", "/console/settings",
             "/console/account", "/console/server"]
    print(f"{'page':58} {'median':>9} {'p99':>9} {'page':>9} {'first load':>11}")
    slow = 0
    for path in pages:
        median, p99, body = measure(server, cookie, path)
        assets = set(re.findall(rb'(?:href|src)="(/console/assets/[^"]+)"', body))
        loaded = len(gzip.compress(body)) + sum(
            len(gzip.compress(server.get(asset.decode().replace("&#38;", "&"))[1])) for asset in assets)
        over = "  over" if median > BUDGET_MS or loaded > BUDGET_BYTES else ""
        slow += bool(over)
        said = path.replace(key, "KEY").replace(account["id"], "ID")
        print(f"{said:58} {median:6.1f} ms {p99:6.1f} ms {len(body) / 1024:6.1f} KB {loaded / 1024:8.1f} KB{over}", flush=True)
    server.stop()
    print(f"{slow} over {BUDGET_MS} ms or {BUDGET_BYTES // 1024} KB" if slow else "all within the budget")


main()
