"""Keys and tokens of the measurements: a certificate, a key of each algorithm, five hundred tokens of one
issuer for each. The keys are made by openssl, once, into a folder."""

import base64
import concurrent.futures
import hashlib
import hmac
import json
import re
import subprocess
import time

TOKENS, COLD = 500, 40_000
YEAR = 365 * 86_400
# What a signature of RSASSA-PKCS1-v1_5 with SHA-256 signs before the digest (RFC 8017 section 9.2).
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def make(folder, cold=False):
    """Fills the folder, unless it is filled; `cold` adds forty thousand tokens."""
    if not (folder / "tampered").exists():
        folder.mkdir(parents=True, exist_ok=True)
        keys(folder)
        tokens(folder)
    if cold and not (folder / "jwt-cold.tokens").exists():
        rsa = Rsa(folder)
        with concurrent.futures.ProcessPoolExecutor() as pool:
            made = pool.map(rsa.token, (f"cold-{n}" for n in range(COLD)), chunksize=500)
            (folder / "jwt-cold.tokens").write_text("\n".join(made))
    return folder


def keys(folder):
    openssl(folder, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.crt "
                    "-days 3650 -subj /CN=t.test -addext subjectAltName=DNS:t.test")
    openssl(folder, "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rs256.key")
    openssl(folder, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out es256.key")
    (folder / "hs256.key").write_text(openssl(folder, "rand -hex 32").decode().strip())
    for signer in Rsa(folder), Ec(folder):
        (folder / f"{signer.name}.jwks").write_text(json.dumps({"keys": [signer.public()]}))


def tokens(folder):
    rsa = Rsa(folder)
    for signer in rsa, Ec(folder), Hmac(folder):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            made = list(pool.map(signer.token, (f"user-{n}" for n in range(TOKENS))))
        (folder / f"jwt-{signer.name}.tokens").write_text("\n".join(made))
    (folder / "guest").write_text(rsa.token("guest", role="guest"))
    (folder / "expired").write_text(rsa.token("late", lifetime=-YEAR))
    (folder / "tampered").write_text(rsa.token("user-0")[:-8] + "AAAAAAAA")


class Signer:
    """Signs tokens with the key of its algorithm (RFC 7515, RFC 7518)."""

    name = ""

    def __init__(self, folder):
        self.folder = folder

    def token(self, subject, role="admin", lifetime=YEAR):
        now = int(time.time())
        header = {"alg": self.name.upper(), "typ": "JWT", "kid": "k1"}
        claims = {"iss": "https://issuer.test", "aud": "gw", "sub": subject, "iat": now, "exp": now + lifetime,
                  "role": role, "scope": "read write", "email": f"{subject}@t.test"}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{encoded(self.signature(signed.encode()))}"


class Rsa(Signer):
    name = "rs256"

    def __init__(self, folder):
        super().__init__(folder)
        key = openssl(folder, "rsa -in rs256.key -traditional")
        listed = openssl(folder, "asn1parse", key).decode()
        _, *numbers = (int(number, 16) for number in re.findall(r"INTEGER +:([0-9A-F]+)", listed))
        self.modulus, _, _, *self.primes = numbers

    def public(self):
        modulus = self.modulus.to_bytes(256, "big")
        return {"kty": "RSA", "n": encoded(modulus), "e": "AQAB", "alg": "RS256", "use": "sig", "kid": "k1"}

    def signature(self, signed):
        digest = DIGEST_INFO + hashlib.sha256(signed).digest()
        padded = int.from_bytes(b"\x00\x01" + b"\xff" * (253 - len(digest)) + b"\x00" + digest, "big")
        p, q, to_p, to_q, inverse = self.primes
        at_p, at_q = pow(padded, to_p, p), pow(padded, to_q, q)
        return (at_q + (at_p - at_q) * inverse % p * q).to_bytes(256, "big")


class Ec(Signer):
    name = "es256"

    def public(self):
        # The point is the end of the key's encoding: 4, x, y.
        point = openssl(self.folder, "pkey -in es256.key -pubout -outform DER")[-64:]
        x, y = encoded(point[:32]), encoded(point[32:])
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "ES256", "use": "sig", "kid": "k1"}

    def signature(self, signed):
        made = openssl(self.folder, "dgst -sha256 -sign es256.key", signed)
        listed = openssl(self.folder, "asn1parse -inform DER", made).decode()
        return b"".join(bytes.fromhex(part.rjust(64, "0")) for part in re.findall(r"INTEGER +:([0-9A-F]+)", listed))


class Hmac(Signer):
    name = "hs256"

    def signature(self, signed):
        return hmac.digest((self.folder / "hs256.key").read_bytes(), signed, "sha256")


def encoded(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def openssl(folder, command, given=None):
    return subprocess.run(["openssl", *command.split()], cwd=folder, input=given, capture_output=True, check=True).stdout
