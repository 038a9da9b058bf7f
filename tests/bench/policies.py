"""The policies of the measurements and the requests that are made under them.

A policy is a template of peers/gateway, where a part of one is measured alone the template that other
proxies have too. Requests are made here, the same in every run."""

import random
import re
from types import SimpleNamespace

import harness

ROUTES, HOST = 1_000, "h0.t.test"
# Those that are measured against `base`, a single public route.
PARTS = ("routes", "jwt-rs256", "jwt-es256", "jwt-hs256", "jwt-cold", "ratelimit", "transform", "full")
# Requests of a load: routes, tokens and keys mixed.
REQUESTS = 5_000
# Policies that differ from a template in a few words only.
VARIANTS = {
    "jwt-es256": ("jwt-rs256", {"RS256": "ES256", "rs256.jwks": "es256.jwks"}),
    "jwt-hs256": ("jwt-rs256", {"RS256": "HS256", 'file("@{keys}/rs256.jwks")': "shared",
                                "authn issuer": 'secret shared = file("@{keys}/hs256.key")\nauthn issuer'}),
    "jwt-cold": ("jwt-rs256", {}),
}

# What requests ask for beside `/`, and their lines beside `Host`.
SERVICE = "/svc{route:05}/items/42?x=1"
PATHS = {"routes": SERVICE, "full": SERVICE, "transform": "/old/items/42?x=1"}
TOKEN, KEY = "Authorization: Bearer {token}\n", "X-Api-Key: key-{key}\n"
OTHERS = "X-Debug: 1\nAccept: */*\nUser-Agent: wrk\n"
LINES = {
    **{name: TOKEN for name in PARTS if name.startswith("jwt")},
    "ratelimit": KEY,
    "transform": f"Authorization: Basic eDp5\n{OTHERS}",
    "full": TOKEN + KEY + OTHERS,
}


def add_argument(parser):
    parser.add_argument("--policy", choices=("base", *PARTS), default="base")


def rendered(name, values):
    """A template: `@{expression}`, and lines `%for x in expression` … `%end`."""
    template, words = VARIANTS.get(name, (name, {}))
    text = (harness.HERE / "peers/gateway" / f"{template}.gw.t").read_text()
    for word, other in words.items():
        text = text.replace(word, other, 1)
    return "\n".join(expanded(block(iter(text.splitlines())), values))


def block(lines):
    """Lines up to `%end`; a loop is a tuple of its variable, its expression and its own lines."""
    found = []
    for line in lines:
        if line.startswith("%end"):
            break
        loop = re.match(r"%for (\w+) in (.+)", line)
        found.append((loop[1], loop[2], block(lines)) if loop else line)
    return found


def expanded(lines, values):
    for line in lines:
        if isinstance(line, tuple):
            name, expression, inner = line
            for value in eval(expression, {}, values):
                yield from expanded(inner, {**values, name: value})
        else:
            yield re.sub(r"@\{([^}]+)\}", lambda found: str(eval(found[1], {}, values)), line)


def policy(name, port, backend, folder):
    """The text of a policy for a gateway at `port`."""
    routes = [SimpleNamespace(i=n, path=f"/svc{n:05}/") for n in range(ROUTES)]
    hosts = [SimpleNamespace(name=HOST, routes=routes)]
    return rendered(name, {"port": port, "backend": f"127.0.0.1:{backend}", "keys": folder, "hosts": hosts})


def requests(name, folder):
    """The requests that are made under a policy."""
    chosen = random.Random(42)
    text = f"GET {PATHS.get(name, '/')} HTTP/1.1\nHost: {HOST}\n{LINES.get(name, '')}\n"
    tokens = [""]
    if "{token}" in text:
        tokens = (folder / f"{'jwt-rs256' if name == 'full' else name}.tokens").read_text().split()
    every = tokens if name == "jwt-cold" else (chosen.choice(tokens) for _ in range(REQUESTS))
    for token in every:
        yield text.format(route=chosen.randrange(ROUTES), token=token, key=chosen.randrange(1_000))


def load(name, folder):
    """The requests that are made under a policy, as lua/requests.lua reads them."""
    return "".join(request + "\x1e\n" for request in requests(name, folder))
