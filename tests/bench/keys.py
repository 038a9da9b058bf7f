"""Keys and tokens of the measurements, made by openssl: a certificate, an RSA key as a key set, five
hundred tokens of one issuer. Made once into a folder."""

import base64
import concurrent.futures
import json
import subprocess
import time

TOKENS = 500
YEAR = 365 * 86_400
HEADER = {"alg": "RS256", "typ": "JWT", "kid": "k1"}


def make(folder):
    """Fills the folder, unless it is filled."""
    last = folder / "tampered"
    if last.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    openssl(folder, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.crt "
                    "-days 3650 -subj /CN=t.test -addext subjectAltName=DNS:t.test")
    openssl(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rs256.key")
    (folder / "rs256.jwks").write_text(json.dumps({"keys": [public_key(folder)]}))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        tokens = list(pool.map(lambda n: token(folder, f"user-{n}", "admin", YEAR), range(TOKENS)))
    (folder / "tokens").write_text("\n".join(tokens))
    (folder / "guest").write_text(token(folder, "guest", "guest", YEAR))
    (folder / "expired").write_text(token(folder, "late", "admin", -YEAR))
    last.write_text(tokens[0][:-8] + "AAAAAAAA")
    return folder


def public_key(folder):
    """The key as a JSON Web Key (RFC 7517)."""
    modulus = openssl(folder, "rsa -in rs256.key -noout -modulus").decode().strip().removeprefix("Modulus=")
    return {"kty": "RSA", "n": encoded(bytes.fromhex(modulus)), "e": "AQAB", "alg": "RS256", "use": "sig", "kid": "k1"}


def token(folder, subject, role, lifetime):
    now = int(time.time())
    claims = {"iss": "https://issuer.test", "aud": "gw", "sub": subject, "iat": now, "exp": now + lifetime,
              "role": role, "scope": "read write", "email": f"{subject}@t.test"}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (HEADER, claims))
    return f"{signed}.{encoded(openssl(folder, 'dgst -sha256 -sign rs256.key', signed.encode()))}"


def encoded(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def openssl(folder, command, given=None):
    return subprocess.run(["openssl", *command.split()], cwd=folder, input=given, capture_output=True, check=True).stdout
