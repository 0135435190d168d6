"""Whether a request over HTTP comes from Slack."""

from __future__ import annotations

from pydantic import SecretStr
from slack_sdk.signature import SignatureVerifier


def verifier(secret: SecretStr | None) -> SignatureVerifier | None:
    """What checks signatures; None without a secret: with an empty one anybody could sign."""
    value = secret.get_secret_value() if secret else ""
    return SignatureVerifier(value) if value.strip() else None


def is_signed(signatures: SignatureVerifier, body: str, timestamp: str | None, signature: str | None) -> bool:
    """Did Slack sign that body within the last five minutes? Never raises, whatever the two headers hold."""
    try:
        return signatures.is_valid(body, timestamp, signature)
    except (ValueError, OverflowError, TypeError):  # no number, one beyond all time, a signature not in ASCII
        return False
