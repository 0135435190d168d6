"""Finds a person for somebody in Slack: who may, which event, whose face, which photos, where to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot import policy, words
from bot.errors import Refused
from bot.parsing import EventHint, exact_event, same_event
from bot.replies import blocks
from bot.replies.threads import Answer, Messenger
from bot.replies.uploads import PhotoFile
from bot.settings import Lookup
from bot.slack.avatars import fetch_avatar
from bot.slack.channels import Channels
from bot.slack.conversation import Conversation
from bot.slack.downloads import Downloader
from bot.slack.files import File, Photos
from bot.slack.people import People, Person
from pipeline.bursts import Burst
from pipeline.errors import FindMeError, NoFaceFound, SpaceMismatch, UnreadablePhoto
from pipeline.finder import PhotoFinder
from pipeline.types import Event, EventState, FindResult, Match, Probe, Strength

log = logging.getLogger(__name__)

MOST_CHECKED = 50  # other channels whose members are asked for in one search: each may be a call


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about searching."""

    lookup: Lookup
    results: int  # photos a reply, at most


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an answer is about."""

    name: str  # as Slack's markup shows it
    own: bool  # the asker themselves
    by_photo: bool


class PersonSearch:
    """The bot's main job. Safe to use from several threads."""

    def __init__(
        self,
        finder: PhotoFinder,
        rules: Rules,
        people: People,
        channels: Channels,
        downloads: Downloader,
        photos: Photos,
        messenger: Messenger,
    ) -> None:
        self._finder = finder
        self._rules = rules
        self._people = people
        self._channels = channels
        self._downloads = downloads
        self._photos = photos
        self._messenger = messenger

    def by_person(
        self, asked: Conversation, user: str | None, event_name: str | None, home: Collection[str]
    ) -> None:
        """Searches with the profile picture of `user` (None: the asker) and delivers the answer.

        home: ids of this workspace. Raises Refused and other FindMeErrors, whose messages are for the person;
        SlackApiError and what SILENCE names.
        """
        target = user or asked.user
        own = target == asked.user
        self._require(policy.may_look_for(asked.user, target, self._rules.lookup))
        event = self._event(asked, event_name, home)
        person = self._living_person(target)
        photos_allowed = policy.may_search_with_photo(self._rules.lookup).allowed
        avatar = fetch_avatar(person, self._downloads, own=own, photos_allowed=photos_allowed)
        subject = Subject(words.mention(target), own, by_photo=False)

        def probe(event: Event) -> Probe:
            try:
                return self._finder.person_probe(asked.team, target, avatar, event)
            except NoFaceFound as error:
                raise Refused(words.no_face(target, own=own, photos_allowed=photos_allowed)) from error
            except UnreadablePhoto as error:
                log.warning("the profile picture of %s: %s", target, error)
                sentence = words.avatar_unavailable(target, own=own, photos_allowed=photos_allowed)
                raise Refused(sentence) from error

        self._answer(asked, subject, event, probe, [])

    def by_photo(
        self, asked: Conversation, files: Sequence[File], hint: EventHint, home: Collection[str]
    ) -> None:
        """Searches with the first photo among `files` and delivers the answer, which names its event.

        Raises as `by_person`.
        """
        self._require(policy.may_search_with_photo(self._rules.lookup))
        event = self._hinted_event(asked, hint, home)
        data, others = self._photos.fetch(files)

        def probe(event: Event) -> Probe:
            try:
                return self._finder.probe(data, event)
            except NoFaceFound as error:
                raise Refused(words.NO_FACE_IN_PHOTO) from error

        notes = [words.further_photos(others)] if others else []
        subject = Subject("the person in your photo", own=False, by_photo=True)
        self._answer(asked, subject, event, probe, notes)

    def _answer(
        self,
        asked: Conversation,
        subject: Subject,
        event: Event,
        probe_for: Callable[[Event], Probe],
        notes: list[str],
    ) -> None:
        probe = probe_for(event)
        try:
            result = self._finder.find(probe, events=[event], limit=None)
        except SpaceMismatch:  # it has been moved to another recognizer since it was looked up
            event = self._finder.event(event.key.slug, event.key.team or None)
            probe = probe_for(event)
            result = self._finder.find(probe, events=[event], limit=None)
        slug = event.key.slug
        log.info("%s searched %s by %s: %d matches", asked.user, slug, subject.name, len(result.matches))
        notes = [*_not_complete(event), *_about_probe(subject, result), *notes]
        if not result.matches:
            sentence = words.no_match(
                subject.name, slug, event.photos, own=subject.own, by_photo=subject.by_photo
            )
            raise Refused("\n".join([sentence, *notes]))
        bursts = self._finder.bursts(result.matches, self._rules.results)
        similar = [match for burst in bursts for match in burst.similar]
        photos, gone = self._files(bursts, len(result.matches) - len(similar))
        if not photos:
            raise Refused(words.all_gone(slug))
        if gone:
            notes = [*notes, words.gone(gone)]
        if similar:
            notes = [*notes, words.similar_left_out([PurePosixPath(match.photo).name for match in similar])]
        parent = _parent(asked, subject, event, result.matches, len(photos), notes)
        if similar:
            parent = blocks.with_similar(parent, event.id, [match.photo_id for match in similar])
        answer = Answer(parent, photos)
        reason = None if self._may_show(event, asked.channel) else words.sent_by_dm_for_privacy(slug)
        self._messenger.deliver(asked, answer, private_because=reason)

    def _files(self, bursts: Sequence[Burst], total: int) -> tuple[list[PhotoFile], list[str]]:
        """The best shot of each burst as a file, and the names of those that are gone."""
        files, gone = [], []
        previews = self._finder.previews([burst.best for burst in bursts])
        for rank, (burst, data) in enumerate(zip(bursts, previews, strict=True), start=1):
            match = burst.best
            if isinstance(data, FindMeError):
                log.warning("%s of %s is not shown: %s", match.photo, match.event, data)
                gone.append(match.photo)
                continue
            strong = match.strength is Strength.STRONG
            files.append(
                PhotoFile(
                    name=jpeg_name(match.photo),
                    title=words.title(rank, total, strong, match.confidence, len(burst.similar)),
                    alt=words.alt(PurePosixPath(match.photo).name, match.event, rank, total),
                    data=data,
                )
            )
        return files, gone

    def _hinted_event(self, asked: Conversation, hint: EventHint, home: Collection[str]) -> Event:
        """The first event that the words beside a photo name; where they name none, as without them."""
        events = self._finder.events(asked.team)
        sees = self._sight(asked, home)
        for name in hint.names:
            event = _named(events, name, asked.channel, sees)
            if event is not None:
                return event
        return self._event(asked, hint.names[0] if hint.firm else None, home)

    def _event(self, asked: Conversation, name: str | None, home: Collection[str]) -> Event:
        """The event to search. Raises Refused with what there is otherwise."""
        events = self._finder.events(asked.team)
        sees = self._sight(asked, home)
        if name is None:
            event = policy.choose_event(events, asked.channel, sees)
        else:
            event = _named(events, name, asked.channel, sees)
        if event is not None:
            return event
        if events and not self._people.is_member(asked.user, home):
            raise Refused(words.NOT_FOR_GUESTS)
        of_all = any(event.key.channel is None for event in events)
        if of_all and not asked.private and self._channels.shared_outside(asked.channel) is None:
            raise Refused(words.READERS_UNKNOWN)
        names = [event.key.slug for event in events if sees(event)]
        raise Refused(words.NO_EVENT if name is None else words.unknown_event(name, names))

    def visible_events(self, asked: Conversation, home: Collection[str]) -> list[str]:
        """The names of the events that the person may search from here, newest first."""
        sees = self._sight(asked, home)
        return [event.key.slug for event in self._finder.events(asked.team) if sees(event)]

    def visible_event(self, asked: Conversation, event_id: int, home: Collection[str]) -> Event | None:
        """An event that the person may search from here; None where there is none such."""
        sees = self._sight(asked, home)
        events = self._finder.events(asked.team)
        return next((event for event in events if event.id == event_id and sees(event)), None)

    def _sight(self, asked: Conversation, home: Collection[str]) -> Callable[[Event], bool]:
        """Whether the person may search an event, asked of Slack once a channel at most.

        Where everybody in the channel reads the answer, other channels' events don't even exist: their names
        are not for all.
        """
        known: dict[int, bool] = {}
        inquired: set[str] = set()  # channels whose members Slack is asked for
        member: list[bool] = []

        def is_member() -> bool:
            if not member:
                member.append(self._people.is_member(asked.user, home))
            return member[0]

        def sees(event: Event) -> bool:
            if event.id not in known:
                known[event.id] = look(event)
            return known[event.id]

        def look(event: Event) -> bool:
            if not asked.private and not self._may_show(event, asked.channel):
                return False
            channel = event.key.channel
            if channel is not None and channel != asked.channel and not policy.is_direct(channel):
                if channel not in inquired and len(inquired) >= MOST_CHECKED:
                    return False
                inquired.add(channel)
            needs_member = channel is None
            asker = policy.Asker(asked.user, asked.channel, member=needs_member and is_member())
            return policy.may_see(event, asker, self._channels.has_member)

        return sees

    def _may_show(self, event: Event, channel: str) -> bool:
        return policy.may_show(event, channel, shared_outside=self._channels.shared_outside)

    def _living_person(self, user: str) -> Person:
        person = self._people.get(user)
        if person.bot:
            raise Refused(words.person_is_bot(user))
        if person.deleted:
            raise Refused(words.person_gone(user))
        return person

    @staticmethod
    def _require(decision: policy.Decision) -> None:
        if not decision.allowed:
            raise Refused(decision.reason)


def _named(events: Sequence[Event], name: str, here: str, sees: Callable[[Event], bool]) -> Event | None:
    """The event of that name. Raises Refused where it could mean several."""
    found = policy.named_events(events, name, here, sees, exact=exact_event, nearly=same_event)
    if len(found) > 1:
        raise Refused(words.several_events(name, [event.key.slug for event in found]))
    return found[0] if found else None


def jpeg_name(photo: str) -> str:
    """The photo's own name without its folders; what was converted to JPEG says so in its extension."""
    name = PurePosixPath(photo).name
    return name if name.lower().endswith((".jpg", ".jpeg")) else f"{PurePosixPath(name).stem}.jpg"


def _not_complete(event: Event) -> list[str]:
    if event.state is EventState.COMPLETE:
        return []
    running = event.state is EventState.RUNNING
    return [words.not_complete(event.key.slug, running=running, of_command_line=not event.key.team)]


def _about_probe(subject: Subject, result: FindResult) -> list[str]:
    """What the face searched with means for the answer."""
    notes = []
    if result.probe.faces > 1:
        notes.append(words.several_faces(result.probe.faces, own=subject.own, by_photo=subject.by_photo))
    if result.tiny:
        notes.append(words.tiny_face(own=subject.own, by_photo=subject.by_photo))
    return notes


def _parent(
    asked: Conversation,
    subject: Subject,
    event: Event,
    matches: Iterable[Match],
    shown: int,
    notes: Sequence[str],
) -> blocks.Message:
    strengths = [match.strength for match in matches]
    strong = strengths.count(Strength.STRONG)
    text = words.found(subject.name, event.key.slug, strong, len(strengths) - strong, shown, own=subject.own)
    return blocks.message(text, [*notes, words.asked_by(asked.user)])
