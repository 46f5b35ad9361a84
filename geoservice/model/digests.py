"""The hash function of secrets, signatures and files: one name, so that a release can replace it.

What a replacement means for stored values is in docs/security.md.
"""

import hashlib

HASH = "sha256"
"""Hash function of HMACs and digests."""


def digest_of(text: str) -> str:
    """Return the digest of a text, such as a random secret of a key or of a cookie."""
    # A Python caller can pass a lone surrogate, which UTF-8 cannot encode.
    return hashlib.new(HASH, text.encode("utf-8", "replace")).hexdigest()
