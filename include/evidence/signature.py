"""Signatures of evidence packs: Ed25519 (RFC 8032), whose signature of the same content by the same key is always the same."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from include.finance.errors import ConfigurationError

_KEY_BYTES = 32


class SigningKey:
    """A private key: 32 random bytes in base64, as `openssl rand -base64 32` makes them. Never shown."""

    def __init__(self, secret: str, origin: str) -> None:
        """Read the key; `origin` is where it came from. Raises ConfigurationError when it is none."""
        self._key = Ed25519PrivateKey.from_private_bytes(_bytes_of(secret, f"The signing key of {origin}"))

    @property
    def public_key(self) -> str:
        """What others verify by, in base64."""
        return base64.b64encode(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def sign(self, content: bytes) -> str:
        """The signature, in base64."""
        return base64.b64encode(self._key.sign(content)).decode()


def is_signed_by(public_key: str, signature: str, content: bytes) -> bool:
    """Whether this signature of this content was made with the private half of this key. Raises ConfigurationError for no key."""
    key = Ed25519PublicKey.from_public_bytes(_bytes_of(public_key, "The public key"))
    try:
        key.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _bytes_of(text: str, what: str) -> bytes:
    try:
        content = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        content = b""
    if len(content) != _KEY_BYTES:
        raise ConfigurationError(f"{what} is not 32 bytes in base64; make a new one with `openssl rand -base64 32`.")
    return content
