"""Addresses of photos that are elsewhere: what kinds there are, and what an address must not hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pipeline.errors import SourceUnreachable

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WEB = ("http", "https")
_BUCKETS = ("s3", "gs", "gcs")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of place."""

    extra: str | None  # of FindMe's package, which brings the driver; None = nothing is needed
    access: str  # what to do when the place says no


_IN_MEMORY = Kind(None, "It lives in one process only.")
_ON_THE_WEB = Kind(None, "Give ~/.netrc a line with its login, or download the archive and index the file.")
_ON_S3 = Kind(
    "s3",
    "Give this machine credentials that may list and read it (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
    "or ~/.aws/credentials), and AWS_ENDPOINT_URL where it is not Amazon's.",
)
_ON_GOOGLE = Kind(
    "gs",
    "Give this machine credentials that may list and read it: GOOGLE_APPLICATION_CREDENTIALS names a file.",
)
_OVER_SSH = Kind(
    "sftp",
    "Give this machine a key that may log in there (~/.ssh, or an agent), and log in once with `ssh`, so "
    "that ~/.ssh/known_hosts holds the host.",
)

KINDS = {
    "s3": _ON_S3,
    "gs": _ON_GOOGLE,
    "gcs": _ON_GOOGLE,
    "sftp": _OVER_SSH,
    "https": _ON_THE_WEB,
    "http": _ON_THE_WEB,
    "memory": _IN_MEMORY,
}


@dataclass(frozen=True, slots=True)
class Address:
    """A checked address: no credentials, nothing that only one program understands."""

    url: str  # without a slash at its end
    scheme: str  # a key of KINDS
    is_archive: bool  # a ZIP; else a folder

    @property
    def kind(self) -> Kind:
        """The kind of place."""
        return KINDS[self.scheme]

    @property
    def is_web(self) -> bool:
        """Whether it is read over HTTP."""
        return self.scheme in _WEB

    @property
    def is_in_bucket(self) -> bool:
        """Whether names are kept there as they are written: `a//b` is another one than `a/b`."""
        return self.scheme in _BUCKETS


def is_url(text: str) -> bool:
    """Whether somebody means an address elsewhere and not a path."""
    return _URL.match(text) is not None


def parse_address(text: str) -> Address:
    """Checks an address. Raises SourceUnreachable, and repeats no part that may be secret."""
    scheme, _, rest = text.partition("://")
    scheme, rest = scheme.lower(), rest.rstrip("/")
    if scheme not in KINDS:
        known = ", ".join(f"{name}://" for name in KINDS if name != "memory")
        raise SourceUnreachable(f"Photos are not read from {scheme}:// addresses, but from {known}.")
    if not rest.isprintable() or (scheme not in _WEB and "::" in rest):
        raise SourceUnreachable(
            f"The {scheme}:// address holds '::' or invisible signs, which cannot be read."
        )
    place = rest.partition("/")[0]
    _check_credentials(scheme, place)
    if scheme in _WEB:
        _check_web(text)
    elif not place and scheme != "memory":
        raise SourceUnreachable(f"The address names nothing behind {scheme}://. Name the bucket or the host.")
    is_archive = scheme in _WEB or rest.lower().endswith(".zip")
    return Address(f"{scheme}://{rest}", scheme, is_archive)


def within(address: Address, beginnings: Sequence[Address]) -> bool:
    """Whether an address begins with one of these, up to the end of a name and not in the middle of one."""
    wanted = _parts(address)
    if any(part in {".", ".."} or "\\" in part for part in wanted):
        return False
    return any(wanted[: len(parts)] == parts for parts in map(_parts, beginnings))


def _parts(address: Address) -> list[str]:
    """Scheme, place and the names of the path, as servers read them."""
    place, *names = address.url.partition("://")[2].split("/")
    if address.is_web:
        place, names = place.lower(), "/".join(map(unquote, names)).split("/")
    return [address.scheme, place, *filter(None, names)]


def _check_credentials(scheme: str, place: str) -> None:
    """`place` is what stands before the first slash; a user's name alone is no secret where one logs in."""
    user, at, _ = place.rpartition("@")
    if at and (scheme != "sftp" or ":" in user):
        raise SourceUnreachable(
            f"The {scheme}:// address holds credentials, which would be kept with the event and shown. "
            f"Leave them out. {KINDS[scheme].access}"
        )


def _check_web(text: str) -> None:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        named = False
    if not named:
        raise SourceUnreachable("The web address names no host. It looks like https://example.com/party.zip.")
    if "?" in text or "#" in text:
        raise SourceUnreachable(
            "The web address has a part behind '?' or '#', which may be a key, and would be kept with the "
            "event and shown. Download the archive and index the file."
        )
