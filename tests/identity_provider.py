"""A small OpenID Connect provider on loopback: discovery, keys, codes with PKCE, signed ID tokens, and faults on demand."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "geoservice-test", "a secret of the test"


class IdentityProvider:
    """Lets everybody in as its `person`; `fault` names what is wrong with the next ID tokens."""

    def __init__(self, host: str = "127.0.0.1"):
        self.key, self.stranger = (RSAKey.generate_key(2048, {"kid": "k1"}) for _ in range(2))
        self.person = {"sub": "person-1", "preferred_username": "pat", "groups": ["planners"]}
        self.fault, self.codes, self.asked = "", {}, []
        self.proved = int(time.time())  # when the person last gave a password
        self._http = ThreadingHTTPServer((host, 0), _handler(self))
        self.issuer = f"http://{host}:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()

    def metadata(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/leave",
        }

    def authorized(self, asked):
        """The address that a browser is sent back to."""
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        if asked.get("prompt") == "login":
            self.proved = int(time.time())
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def token(self, form, authorization):
        """Status and answer to a code: good once, for its client, its address and its verifier."""
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        if authorization not in (f"Basic {expected}", _basic(CLIENT, SECRET)):
            return 401, {"error": "invalid_client"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": "none", "token_type": "Bearer"}
        return 200, answer if self.fault == "no token" else answer | {"id_token": self._id(asked)}

    def _id(self, asked):
        now = int(time.time())
        claims = {
            **self.person,
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "auth_time": self.proved,
        } | _FAULTS.get(self.fault, {})
        if self.fault == "expired":
            claims["exp"] = now - 3600
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.fault == "unsigned":
            return ".".join(_b64(part) for part in ({"alg": "none"}, claims)) + "."
        if self.fault == "shared secret":
            # The public key as the secret of a symmetric signature.
            signed = ".".join(_b64(part) for part in ({"alg": "HS256", "kid": "k1"}, claims))
            digest = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
        key = self.stranger if self.fault == "signature" else self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)

    def logout_token(self, typ="logout+jwt", **changes):
        """What the provider sends when it has ended a session; changes of None leave a claim out."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 120,
            "jti": secrets.token_hex(8),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        } | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        key = self.stranger if self.fault == "signature" else self.key
        return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": typ}, claims, key)


_FAULTS = {
    "issuer": {"iss": "https://other.example"},
    "audience": {"aud": "another client"},
    "audiences": {"aud": [CLIENT, "another client"]},
    "party": {"azp": "another client"},
    "nonce": {"nonce": "of another sign-in"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "no end": {"exp": None},
    "no group": {"groups": ["cooks"]},
    "groups": {"groups": {"planners": True}},
}


def _basic(name, secret):
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def _b64(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _handler(provider):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            path = urlsplit(self.path)
            provider.asked.append(path.path)
            if path.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(path.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorized(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif path.path == "/keys":
                self.reply(200, {"keys": [provider.key.as_dict(private=False)]})
            elif path.path == "/.well-known/openid-configuration":
                self.reply(200, provider.metadata())
            else:
                self.reply(404, {})

        def do_POST(self):
            provider.asked.append(self.path)
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(text).items()}
            self.reply(*provider.token(form, self.headers.get("Authorization", "")))

        def reply(self, status, value):
            content = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler
