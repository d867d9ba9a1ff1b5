"""An issuer of signed tokens on a free loopback port, honest or not as a test wants."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.server import FakeProvider


class FakeIssuer(FakeProvider):
    """Publishes its keys; ``rotate`` replaces them; ``asked`` counts how often they were read."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.generation = 0
        self.published: list[dict[str, Any]] = []
        self.token_answer: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | str = {}
        self.rotate()

    def rotate(self) -> None:
        self.generation += 1
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.published = [self.jwk(self.key)]

    def jwk(self, key: rsa.RSAPrivateKey) -> dict[str, Any]:
        public: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        return {**public, "kid": self.kid, "use": "sig", "alg": "RS256"}

    @property
    def kid(self) -> str:
        return f"key-{self.generation}"

    @property
    def public_pem(self) -> bytes:
        encoding, shape = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(encoding, shape)

    def sign(self, headers: dict[str, Any] | None = None, key: Any = None, **claims: Any) -> str:
        whole = {"iss": self.base_url, "exp": int(time.time()) + 300, "iat": int(time.time()), **claims}
        kept = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(kept, key or self.key, "RS256", {"kid": self.kid, **(headers or {})})

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self._metadata),
            Route("/jwks", self._jwks),
            Route("/token", self._token, methods=["POST"]),
            Route("/me", self._userinfo),
        ]

    async def _metadata(self, _: Request) -> Response:
        places = {
            "authorization_endpoint": "auth",
            "token_endpoint": "token",
            "userinfo_endpoint": "me",
            "jwks_uri": "jwks",
            "end_session_endpoint": "logout",
        }
        addresses = {name: f"{self.base_url}/{path}" for name, path in places.items()}
        return JSONResponse({"issuer": self.base_url, **addresses})

    async def _jwks(self, _: Request) -> Response:
        self.asked += 1
        return JSONResponse({"keys": self.published})

    async def _token(self, request: Request) -> Response:
        self.accepted.append({**dict(await request.form()), "authorization": request.headers.get("authorization")})
        return JSONResponse(self.token_answer, 400 if "error" in self.token_answer else 200)

    async def _userinfo(self, _: Request) -> Response:
        if isinstance(self.userinfo, str):
            return Response(self.userinfo, media_type="application/jwt")
        # Escapes as they are in the text: a claim may hold what no UTF-8 says.
        return Response(json.dumps(self.userinfo), media_type="application/json")
