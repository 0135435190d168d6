"""The `findme` command. Exit status: 0 done, 1 failed (one sentence on standard error), 2 wrong usage."""

from bot.cli.entry import main

__all__ = ["main"]
