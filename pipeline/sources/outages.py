"""Which of the system's errors say that a disk or a machine is away, rather than that a file is bad."""

from __future__ import annotations

import errno

_AWAY = frozenset(
    {
        *(errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.ENOTCONN, errno.ETIMEDOUT),
        *(errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH, errno.ENETRESET),
        *(errno.ECONNABORTED, errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE, errno.ESHUTDOWN),
        *(errno.EAGAIN, errno.EBUSY, errno.EMFILE, errno.ENFILE, errno.ENOMEM),
        getattr(errno, "EREMOTEIO", errno.EIO),
    }
)


def is_outage(error: OSError) -> bool:
    """Whether time may mend it."""
    return error.errno in _AWAY or isinstance(error, ConnectionError | TimeoutError)
