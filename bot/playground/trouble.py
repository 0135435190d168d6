"""Trouble to order: refusals, failures, missing permissions."""

from __future__ import annotations

from bot.playground.faults import Fault, Faults, How
from bot.playground.services import Grants


class Trouble:
    """Orders it and ends it."""

    faults: Faults
    grants: Grants

    def refuse(
        self,
        method: str,
        error: str = "internal_error",
        *,
        times: int | None = 1,
        retry_after: int | None = None,
    ) -> None:
        """The next calls answer {"ok": false, "error": error}; "ratelimited" as HTTP 429 with Retry-After.

        method: a Web API method, or "upload", "download", "response_url", "avatar". times None: until mend().
        """
        self.faults.add(method, Fault("refuse", error, times, retry_after))

    def fail(
        self, method: str, how: How = "http_500", *, times: int | None = 1, seconds: float = 0.0
    ) -> None:
        """The next calls meet an HTTP 500, a hang of `seconds` (then they are served), or a drop."""
        self.faults.add(method, Fault(how, times=times, seconds=seconds))

    def mend(self, method: str | None = None) -> None:
        """Ends the trouble of one method, or all of it."""
        self.faults.mend(method)

    def grant(self, *scopes: str) -> None:
        self.grants.scopes |= set(scopes)

    def revoke(self, *scopes: str) -> None:
        self.grants.scopes -= set(scopes)
