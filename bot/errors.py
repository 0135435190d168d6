"""What can go wrong between the bot, Slack and people; each message is a sentence."""

from __future__ import annotations

from pipeline.errors import FindMeError, Unfit


class SettingsRefused(FindMeError):
    """A setting has a value that the bot cannot start with."""


class SlackUnreachable(FindMeError):
    """Slack does not answer."""


class TokenRefused(FindMeError):
    """Slack does not accept the bot's token."""


class ServerFailed(FindMeError):
    """The web server cannot start."""


class Refused(FindMeError):
    """A request that is answered with a sentence, in Slack's markup, instead of photos."""


class NotReadableHere(Refused, Unfit):
    """This process may not read from there; those that were asked to could."""


class DownloadFailed(FindMeError):
    """A picture could not be fetched."""


class NoDownload(DownloadFailed):
    """Whoever has the picture does not answer, or is in trouble; time may mend that."""


class NotAPicture(DownloadFailed):
    """What came is no picture; Slack sends its login page where a scope is missing."""


class UploadFailed(FindMeError):
    """A photo could not be handed to Slack."""


class CannotPost(FindMeError):
    """The bot may not write in that conversation."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Slack does not let FindMe write there ({code}).")
        self.code = code
