"""How much a photo is blamed for the end of a process that had it in hand, and when it is left out."""

from __future__ import annotations

FETCHING = 1
"""While its bytes were on their way: the source may have been slow, and somebody in a hurry."""

DECODING = 3
"""While they were looked at, which is what kills; FETCHING included."""

MOST = 2 * DECODING
"""Two such ends; or six of the other kind, since what kills already on its way must not do so for ever."""

POISONOUS = "FindMe crashed twice while it looked at this photo, so it is left out. Index a copy saved anew."
