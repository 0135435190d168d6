"""Brings answers to people: a parent with photos in its thread, by DM where that cannot be, and plain
sentences."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot import words
from bot.errors import CannotPost, UploadFailed
from bot.replies.blocks import TEXT, Block, Message
from bot.replies.uploads import PhotoFile, Uploader
from bot.slack.brief import brief
from bot.slack.client import SILENCE, error_code, retry_handlers, tls
from bot.slack.conversation import Conversation
from bot.slack.lanes import Lanes

log = logging.getLogger(__name__)

RESPOND_TIMEOUT = 10  # seconds
CANNOT_POST = frozenset(
    {
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "messages_tab_disabled",
        "posting_to_channel_denied",
        "no_permission",
        "access_denied",
        "ekm_access_denied",
        "team_access_not_granted",
        "cannot_reply_to_message",
        "method_not_supported_for_channel_type",
        "channel_type_not_supported",
        "user_is_restricted",
        "thread_not_found",
    }
)
FAILED = (SlackApiError, *SILENCE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A parent message and the photos for its thread."""

    message: Message
    photos: Sequence[PhotoFile] = field(default_factory=tuple)


def cannot_post(code: str) -> bool:
    """Does Slack's word mean that the bot may not write in that conversation?"""
    return code in CANNOT_POST or code.startswith("restricted_action")


class Messenger:
    """Posts answers. Safe to use from several threads."""

    def __init__(self, client: WebClient, uploader: Uploader) -> None:
        self._client = client
        self._uploader = uploader
        self._lanes = Lanes()

    def deliver(self, to: Conversation, answer: Answer, *, private_because: str | None = None) -> None:
        """Posts the answer where it was asked for, or by DM, and says so.

        private_because: the sentence to say when the answer must not be posted there in the first place.
        Raises what posting raises, but for refusals that a DM can get round.
        """
        note = private_because
        code = ""
        if note is None:
            try:
                self._post(to.channel, to.thread, answer)
            except CannotPost as refusal:
                code = refusal.code
                note = self.note_about_dm(to, code)
                log.info("answering %s by DM, as %s says %s", to.user, to.channel, code)
            else:
                return
        try:
            direct = self.open_direct(to.user)
            self._post(direct, None, answer)
        except (CannotPost, SlackApiError) as error:
            log.warning("no DM to %s: %s", to.user, brief(error))
            own = error.code if isinstance(error, CannotPost) else error_code(error)
            self.tell(to, words.nowhere(code or own, to.bot, between_people=to.between_people))
            return
        if direct != to.channel:
            self.tell(to, note)

    def tell(self, to: Conversation, text: str) -> bool:
        """Says a sentence to the person: privately after a command, in the thread after a mention.

        Never raises: it is what errors are told with. Where one way fails, in whatever way, the next one is
        tried. Whether one of them worked.
        """
        text = words.clip(text, TEXT)
        for way in self._ways(to):
            try:
                way(to, text)
            except (CannotPost, *FAILED) as error:
                log.warning("one way to tell %s something failed: %s", to.user, brief(error))
            except Exception:  # whatever an answer lacked, the person must still be told
                log.exception("one way to tell %s something failed in a way that nobody foresaw", to.user)
            else:
                return True
        log.error("%s could not be told in any way: %s", to.user, text)
        return False

    def _ways(self, to: Conversation) -> list[Callable[[Conversation, str], None]]:
        """The ways to tell somebody something, the best one first."""
        first = self._respond if to.response_url else self._say_there
        return [first, self._whisper, self._say_directly]

    def note_about_dm(self, to: Conversation, code: str) -> str:
        """Why something went by DM, and how to have it in the conversation."""
        return words.sent_by_dm(code, to.between_people, to.bot)

    def open_direct(self, user: str) -> str:
        """The id of the bot's direct conversation with somebody.

        Raises CannotPost where Slack names none, SlackApiError, and what SILENCE names.
        """
        channel = self._client.conversations_open(users=user).get("channel")
        found = channel.get("id") if isinstance(channel, dict) else channel
        if not found:
            raise CannotPost("no direct conversation")
        return str(found)

    def post(self, channel: str, message: Message, thread: str | None = None) -> str:
        """Posts a message and returns its ts, "" where Slack gives none.

        Raises CannotPost, SlackApiError, and what SILENCE names.
        """
        try:
            posted = self._write(channel, thread, message.text, message.blocks)
        except SlackApiError as error:
            if cannot_post(error_code(error)):
                raise CannotPost(error_code(error)) from error
            raise
        return str(posted.get("ts") or "")

    def update(self, channel: str, ts: str, message: Message) -> None:
        """Replaces a message. Raises SlackApiError and what SILENCE names."""
        self._client.chat_update(channel=channel, ts=ts, text=message.text, blocks=message.blocks)

    def attach(self, channel: str, thread: str, name: str, text: str) -> bool:
        """Puts a text file into a thread, or says there that it failed; whether it worked. Never raises."""
        file = PhotoFile(name, name, "", text.encode())
        try:
            if self._uploader.send(channel, thread, [file]):
                raise UploadFailed("Slack did not take the file.")
        except (UploadFailed, *FAILED) as error:
            log.warning(
                "%s could not be put into the thread %s of %s: %s", name, thread, channel, brief(error)
            )
            try:
                self._say(channel, thread, words.LIST_NOT_UPLOADED)
            except FAILED as failure:
                log.warning("nor could that be said: %s", brief(failure))
            return False
        return True

    def ask(self, to: Conversation, message: Message) -> None:
        """Shows a message with buttons to the person alone. Raises what posting raises."""
        if to.response_url:
            try:
                self._respond(to, message.text, message.blocks)
            except FAILED as error:
                log.warning(
                    "the response_url of %s fails, so another way is tried: %s", to.user, brief(error)
                )
            else:
                return
        self._client.chat_postEphemeral(
            channel=to.channel, user=to.user, text=message.text, blocks=message.blocks, thread_ts=to.thread
        )

    def replace(self, to: Conversation, text: str) -> None:
        """Replaces the message whose button was pressed; where that fails, says it below. Never raises."""
        try:
            self._respond(to, text, replace=True)
        except FAILED as error:
            log.warning("the question to %s could not be replaced: %s", to.user, brief(error))
            self.tell(to, text)

    def _post(self, channel: str, thread: str | None, answer: Answer) -> None:
        parent = self.post(channel, answer.message, thread)
        place = thread or parent or None
        try:
            missing = self._uploader.send(channel, place, answer.photos)
        except SlackApiError as error:
            code = error_code(error)
            if cannot_post(code):
                # chat:write.public lets the parent land where uploads need membership.
                self._withdraw(channel, parent)
                raise CannotPost(code) from error
            log.warning("the upload to %s failed: %s", channel, brief(error))
            self._explain(channel, place, words.slack_refused(code), answer)
        except UploadFailed as error:
            self._explain(channel, place, str(error), answer)
        except SILENCE as error:
            log.warning("the upload to %s failed: %s", channel, brief(error))
            self._explain(channel, place, words.SLACK_SILENT, answer)
        else:
            if missing:
                self._say(channel, place, words.upload_incomplete(missing))

    def _explain(self, channel: str, thread: str | None, reason: str, answer: Answer) -> None:
        text = words.upload_failed(reason, [photo.name for photo in answer.photos])
        self._say(channel, thread, text)

    def _withdraw(self, channel: str, ts: str) -> None:
        """Takes a parent back whose photos cannot follow."""
        try:
            self._client.chat_delete(channel=channel, ts=ts)
        except FAILED as error:
            log.info("the message %s of %s could not be deleted: %s", ts, channel, brief(error))

    def _respond(
        self, to: Conversation, text: str, blocks: Sequence[Block] = (), *, replace: bool = False
    ) -> None:
        client = WebhookClient(
            str(to.response_url), timeout=RESPOND_TIMEOUT, ssl=tls(), retry_handlers=retry_handlers()
        )
        response = client.send(
            text=text, blocks=blocks or None, response_type="ephemeral", replace_original=replace
        )
        # Slack has answered an expired address with a status, and with {"ok":false,...} in the body.
        if response.status_code != 200 or '"ok":false' in response.body.replace(" ", ""):
            raise ConnectionError(f"the response_url answered with status {response.status_code}")

    def _say(self, channel: str, thread: str | None, text: str) -> None:
        self._write(channel, thread, text)

    def _write(
        self, channel: str, thread: str | None, text: str, blocks: Sequence[Block] | None = None
    ) -> SlackResponse:
        with self._lanes.into(channel):
            return self._client.chat_postMessage(
                channel=channel,
                text=text,
                blocks=blocks,
                thread_ts=thread,
                unfurl_links=False,
                unfurl_media=False,
            )

    def _say_there(self, to: Conversation, text: str) -> None:
        self._say(to.channel, to.thread, text)

    def _say_directly(self, to: Conversation, text: str) -> None:
        self._say(self.open_direct(to.user), None, text)

    def _whisper(self, to: Conversation, text: str) -> None:
        self._client.chat_postEphemeral(channel=to.channel, user=to.user, text=text, thread_ts=to.thread)
