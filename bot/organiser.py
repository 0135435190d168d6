"""What admins ask of events: index, cancel, rename, delete, status."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot import policy, words
from bot.errors import Refused
from bot.indexer import Indexer, IndexRequest
from bot.parsing import exact_event, same_event
from bot.reach import Reach, listed_sources, readable_source
from bot.replies.failures import MOST_EXAMPLES
from bot.replies.progress import ProgressMessage
from bot.replies.threads import Messenger
from bot.runs import Running
from bot.slack.addresses import is_channel
from bot.slack.choices import Choice, Choices, is_in_slack
from bot.slack.conversation import Conversation
from bot.slack.files import File
from bot.status import EventLine, status
from bot.verbs import IndexWish
from pipeline.errors import EventBusy
from pipeline.finder import PhotoFinder
from pipeline.types import Event, EventKey, FailedPhotos, Forgotten

DELETE_SECONDS = 60.0  # that the photos in hand of a run have to finish before its event is deleted
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class IndexRules:
    """Who may index what."""

    admins: frozenset[str]  # user ids besides the workspace's admins
    reach: Reach  # what may be read
    is_workspace_admin: Callable[[str, str], bool | None]  # of a user id and this workspace's id
    has_member: Callable[[str, str], bool | None]  # of a channel, a person; None where that is not known


@dataclass(frozen=True, slots=True)
class Chosen:
    """The event or run that somebody named, and may see."""

    key: EventKey
    event: Event | None  # None = it is not made yet
    running: bool


class Organiser:
    """Does what admins ask for. Every method raises Refused for what is not to be done, and FindMeError.

    What the asker may not see (another channel's events and runs) does not exist for them.
    """

    def __init__(
        self,
        finder: PhotoFinder,
        indexer: Indexer,
        rules: IndexRules,
        choices: Choices,
        messenger: Messenger,
    ) -> None:
        self._finder = finder
        self._indexer = indexer
        self._rules = rules
        self._choices = choices
        self._messenger = messenger

    def admit(self, asked: Conversation) -> None:
        """Raises Refused for everybody but admins, and where nobody can tell."""
        rules = self._rules
        decision = policy.may_organise(
            asked.user, rules.admins, lambda: rules.is_workspace_admin(asked.user, asked.team)
        )
        if not decision.allowed:
            raise Refused(decision.reason)

    def index(self, wish: IndexWish, asked: Conversation) -> str:
        """Starts a run, or puts it in line; what to say."""
        choice = None if self._is_folder(wish.source) else self._choices.of(wish.source, asked)
        return self._begin(wish.name, choice or Choice(self.readable(wish), asked.channel), asked)

    def index_archive(self, slug: str, file: File, asked: Conversation) -> str:
        """The same with an archive that was uploaded."""
        return self._begin(slug, self._choices.archive(file, asked), asked)

    def check_source(self, wish: IndexWish, key: EventKey) -> None:
        """Raises for what cannot be indexed as that event, as far as that is known without asking Slack."""
        if self._is_folder(wish.source) or not is_in_slack(wish.source):
            self._require_same(key, self.readable(wish))

    def readable(self, wish: IndexWish) -> str:
        """The folder, archive or address that was named."""
        try:
            return readable_source(wish.source, self._rules.reach)
        except Refused as refusal:
            if wish.meant:
                raise Refused(f"{refusal}\n{words.meant(wish.meant)}") from refusal
            raise

    def source_of(self, chosen: Chosen) -> str:
        """Where the photos come from, in Slack's markup; "" where that is not known yet."""
        return "" if chosen.event is None else self._choices.title(chosen.event.source)

    def folders(self) -> list[tuple[str, str]]:
        """What may be indexed, to choose from: (title, path)."""
        return listed_sources(self._rules.reach)

    def check_name(self, key: EventKey) -> None:
        """Raises where the name cannot be used in that channel; confirms no other channel's event."""
        self._finder.check_name(key)
        same = [run for run in self._indexer.running() if _same(run.key, key)]
        if any(run.key.channel != key.channel for run in same):
            raise Refused(words.name_taken(key.slug))

    def status(self, asked: Conversation) -> str:
        """What runs, waits and has ended of what the asker may see."""
        sees = self._sight(asked)
        running = [run for run in self._indexer.running() if sees(run.key)]
        ended = {run.key: run for run in self._indexer.ended(asked.team) if sees(run.key)}
        events = {event.key: event for event in self._finder.events(asked.team) if sees(event.key)}
        busy = {run.key for run in running}
        keys = [key for key in {**ended, **events} if key not in busy]
        failed = self._failed([events[key] for key in keys if key in events])
        lines = [EventLine(key, events.get(key), ended.get(key), failed.get(key)) for key in keys]
        return status(running, lines, asked.channel)

    def cancel(self, wish: IndexWish, asked: Conversation) -> str:
        """Ends a run; what to say."""
        runs = self._runs(wish.name, asked)
        found = bool(runs) and self._indexer.cancel(runs[0].key)
        return words.index_cancelling(runs[0].key.slug if runs else wish.name, found=found)

    def rename(self, wish: IndexWish, asked: Conversation) -> str:
        """Gives an event another name; what to say."""
        chosen = self.choose(wish.name, asked)
        if chosen.running or chosen.event is None:
            raise Refused(words.rename_later(chosen.key.slug))
        if chosen.key.slug == wish.new_name:
            return words.renamed_already(wish.new_name)
        self._finder.rename_event(chosen.event, wish.new_name)
        return words.renamed(chosen.key.slug, wish.new_name)

    def delete(self, slug: str, event_id: int | None, asked: Conversation) -> str:
        """Erases an event, after its run is stopped; what to say. event_id: the row that was asked about."""
        chosen = self.choose(slug, asked)
        if event_id is not None and chosen.event is not None and chosen.event.id != event_id:
            raise Refused(words.no_such_event(slug))
        gone = self._erase(chosen.key)
        return words.deleted(chosen.key.slug, gone.photos, gone.faces, gone.files)

    def choose(self, name: str, asked: Conversation) -> Chosen:
        """The event or run of that name that the asker may change: the exact name before what is like it."""
        runs = self._runs(name, asked)
        sees = self._sight(asked)
        seen = [event for event in self._finder.events(asked.team) if same_event(name, event.key.slug)]
        seen.sort(key=lambda event: not exact_event(name, event.key.slug))
        event = next((event for event in seen if sees(event.key)), None)
        if event is not None and not (runs and exact_event(name, runs[0].key.slug)):
            busy = any(_same(run.key, event.key) for run in runs)
            return Chosen(event.key, event, busy)
        if runs:
            key = runs[0].key
            return Chosen(key, next((one for one in seen if _same(one.key, key)), None), True)
        if any(not one.key.team for one in seen):
            raise Refused(words.OF_THE_COMMAND_LINE)
        raise Refused(words.no_such_event(name))

    def _begin(self, slug: str, choice: Choice, asked: Conversation) -> str:
        """Starts a run, which reports in the event's channel."""
        if choice.channel == asked.channel:
            self._require_knowable(asked)
        key = EventKey(slug, asked.team, choice.channel)
        self.check_name(key)
        self._require_same(key, choice.source)
        elsewhere = choice.channel != asked.channel
        to = replace(asked, channel=choice.channel, thread=None) if elsewhere else asked
        request = IndexRequest(key, choice.source, asked.user)
        waits = self._indexer.submit(request, ProgressMessage(self._messenger, to, slug))
        if waits is None:
            self.check_name(key)
            return words.index_running(slug)
        return words.index_started(slug, waits, choice.channel, elsewhere=elsewhere)

    def _failed(self, events: Sequence[Event]) -> dict[EventKey, FailedPhotos]:
        """What those of the events lack that follow a channel: nobody is told of a new photo that fails."""
        following = [event for event in events if is_channel(event.source)]
        failed = self._finder.failed(following, MOST_EXAMPLES)
        return {event.key: failed.get(event.id, FailedPhotos(0, ())) for event in following}

    def _require_same(self, key: EventKey, source: str) -> None:
        """Raises Refused where the event is there, from another source than this one."""
        known = self._event_of(key)
        if known is not None and known.source != source:
            raise Refused(words.other_source(key.slug))

    def _event_of(self, key: EventKey) -> Event | None:
        events = self._finder.events(key.team)
        return next((event for event in events if event.key == key), None)

    def _require_knowable(self, asked: Conversation) -> None:
        """Raises Refused between people: who is in there is known there alone, so the event would not exist
        anywhere else, not even for who made it."""
        known = self._rules.has_member(asked.channel, asked.user) if asked.direct else not asked.group
        if known is None:
            raise Refused(words.SLACK_SILENT)
        if not known:
            raise Refused(words.INDEX_BETWEEN_PEOPLE)

    def _is_folder(self, name: str) -> bool:
        """Is there a folder or archive of that name? One comes before what is called the same in Slack."""
        path = policy.allowed_source(name, self._rules.reach.roots)
        return path is not None and policy.is_source(path)

    def _erase(self, key: EventKey) -> Forgotten:
        """Waits until nobody works on the event, and erases it."""
        end = time.monotonic() + DELETE_SECONDS
        while True:
            self._indexer.cancel(key, words.INDEX_DELETED)
            found = self._event_of(key)
            try:
                gone = Forgotten() if found is None else self._finder.forget_event(found)
            except EventBusy:
                gone = None
            if gone is not None and not any(_same(run.key, key) for run in self._indexer.running()):
                return gone
            if time.monotonic() > end:
                raise Refused(words.still_busy(key.slug))
            time.sleep(LOOK_SECONDS)

    def _runs(self, name: str, asked: Conversation) -> list[Running]:
        """The runs of that name that the asker may see, the exact name first."""
        sees = self._sight(asked)
        runs = [run for run in self._indexer.running() if same_event(name, run.key.slug) and sees(run.key)]
        return sorted(runs, key=lambda run: not exact_event(name, run.key.slug))

    def _sight(self, asked: Conversation) -> Callable[[EventKey], bool]:
        asker = policy.Asker(asked.user, asked.channel, member=True)
        return lambda key: key.team == asked.team and policy.may_see_key(key, asker, self._rules.has_member)


def _same(one: EventKey, other: EventKey) -> bool:
    return one.team == other.team and exact_event(one.slug, other.slug)
