"""The organiser's conversation: the form, status, cancel, rename, delete; on workers and in this process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.playground import Kind, Message, View
from pipeline.finder import PhotoFinder
from pipeline.index_queue import IndexQueue
from pipeline.sources.folder import FolderSource
from pipeline.types import EventKey, EventState
from tests.acceptance.conftest import TEAM
from tests.acceptance.world import CRABS, World, world
from tests.fakes.gate import Gate
from tests.fakes.recognizer import RED, picture
from tests.workers import Workers, fill, wait_for


@pytest.fixture
def root(root: Path) -> Path:
    """The same with another event's photos, in a folder below another."""
    fill(root / "2026" / "crab week", 3)
    return root


@pytest.fixture
def findme(finder: PhotoFinder, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The bot that indexes in its own process."""
    monkeypatch.setattr("bot.replies.progress.INTERVAL", 0.05)
    with world(finder, FINDME_PHOTO_ROOTS=str(root)) as place:
        yield place


def indexed(findme: World, name: str = "gala", source: str = "week", **who: Any) -> None:
    """An event that is complete."""
    findme.index(f"{name} {source}", **who)
    findme.parent(who.get("channel", findme.crabs), f"*{name}* is ready")


def filled_form(findme: World, user: Any = None) -> View:
    """The form that an admin opens, when its fields are there."""
    findme.index(user=user or findme.eileen)
    return findme.slack.wait_for(lambda: next(iter(shown(findme, "name", user)), None))


def shown(findme: World, block: str, user: Any = None) -> list[View]:
    """The open modals that have such a field."""
    views = findme.slack.modals(user or findme.eileen)
    return [view for view in views if any(b.get("block_id") == block for b in view.view["blocks"])]


def values(**fields: Any) -> dict[str, Any]:
    """What is typed into fields, as Slack gives it."""
    return {block: {block: value} for block, value in fields.items()}


# The form


def test_the_form_starts_the_same_run_as_the_typed_command(findme: World, finder: PhotoFinder) -> None:
    view = filled_form(findme)
    folder = next(block for block in view.view["blocks"] if block["block_id"] == "folder")["element"]
    titles = {option["text"]["text"]: option for option in folder["options"]}
    assert set(titles) == {"week", "2026", "2026/crab week"}
    chosen = {"selected_option": titles["2026/crab week"]}
    ack = findme.slack.submit(findme.eileen, view, values(name={"value": "Crab Week"}, folder=chosen))
    assert (ack.status, ack.body) == (200, "")
    assert findme.slack.modals(findme.eileen) == []
    findme.told("Indexing *crab-week*")
    assert "3 photos with 6 faces" in findme.parent(findme.crabs, "is ready").text
    (event,) = finder.events()
    assert event.key == EventKey("crab-week", TEAM, CRABS)


def test_the_form_says_when_slack_does_not_tell_who_is_an_admin(findme: World) -> None:
    findme.slack.refuse("users.info", "internal_error", times=None)
    findme.index()
    findme.slack.wait_for(
        lambda: any("did not tell me" in str(view.view) for view in findme.slack.modals(findme.eileen))
    )


def test_the_form_is_open_before_slack_is_asked_anything_else(findme: World) -> None:
    findme.slack.fail("users.info", "hang", seconds=0.5)
    view = filled_form(findme)
    methods = [request.path.rpartition("/")[2] for request in findme.slack.requests]
    assert methods.index("views.open") < methods.index("users.info")
    assert view.view["title"]["text"] == "Index an event"


def test_the_form_is_for_admins(findme: World) -> None:
    findme.index(user=findme.grace)
    findme.slack.wait_for(
        lambda: any("Only admins" in str(view.view) for view in findme.slack.modals(findme.grace))
    )
    assert shown(findme, "name", findme.grace) == []


def test_where_the_form_does_not_open_the_command_is_explained(findme: World) -> None:
    findme.slack.refuse("views.open", "expired_trigger_id")
    findme.index()
    assert "NAME SOURCE" in findme.told("Slack did not open the form").text


def test_forms_that_slack_is_slow_to_open_hold_up_no_acknowledgement(findme: World) -> None:
    findme.slack.fail("views.open", "hang", times=None, seconds=60)
    slack, where = findme.slack, {"user": findme.eileen, "channel": findme.crabs}
    with ThreadPoolExecutor(25) as people:
        acks = list(people.map(lambda _: slack.command("/index-event", **where), range(25)))
    assert all(ack.ok for ack in [*acks, slack.command("/findme", "help", **where)])
    findme.slack.mend()


def test_what_is_wrong_stands_next_to_its_field(findme: World, finder: PhotoFinder) -> None:
    indexed(findme, channel=findme.town)
    view = filled_form(findme)

    def errors(**fields: Any) -> dict[str, str]:
        answer = findme.slack.submit(findme.eileen, view, values(**fields)).json
        assert answer["response_action"] == "errors"
        found: dict[str, str] = answer["errors"]
        return found

    assert "Choose a folder" in errors(name={"value": "party"})["folder"]
    assert "letters or digits" in errors(name={"value": "!!!"}, path={"value": "week"})["name"]
    assert "There is no folder" in errors(name={"value": "party"}, path={"value": "nowhere"})["path"]
    assert "not among those" in errors(name={"value": "party"}, path={"value": "/etc"})["path"]
    assert "taken or may not be used" in errors(name={"value": "Gala"}, path={"value": "week"})["name"]
    assert len(findme.slack.modals(findme.eileen)) == 1
    assert [event.key.slug for event in finder.events()] == ["gala"]


@pytest.mark.parametrize(
    ("kind", "field"), [("channel", "channel"), ("upload", "zip"), ("address", "address")]
)
def test_each_kind_of_source_has_its_own_field(findme: World, kind: str, field: str) -> None:
    view = filled_form(findme)
    findme.slack.click(findme.eileen, view, "index_kind", value=kind)
    view = findme.slack.wait_for(lambda: next(iter(shown(findme, field)), None))
    blocks = [block["block_id"] for block in view.view["blocks"]]
    assert blocks == ["name", "index_kind", field]


def test_a_form_opened_in_a_channel_answers_there_after_the_commands_address_has_expired(
    findme: World,
) -> None:
    view = filled_form(findme)
    findme.slack.tickets.expire_response_urls()
    findme.slack.submit(findme.eileen, view, values(name={"value": "gala"}, path={"value": "week"}))
    assert findme.told("Indexing *gala*").channel == findme.crabs.id
    findme.parent(findme.crabs, "*gala* is ready")


def test_another_source_for_an_event_is_refused_in_private(findme: World) -> None:
    indexed(findme)
    findme.index('gala "2026/crab week"')
    findme.told("`/index-event delete gala` first")
    assert len(findme.slack.messages(findme.crabs)) == 1
    view = filled_form(findme)
    filled = values(name={"value": "Gala"}, path={"value": "2026/crab week"})
    answer = findme.slack.submit(findme.eileen, view, filled).json
    assert "/index-event delete gala first" in answer["errors"]["path"]
    findme.index("status")
    assert "another source" not in findme.told("*gala*: complete, 12 photos").text


# Verbs


def test_help_and_verbs_that_are_mistyped(findme: World) -> None:
    findme.index("help")
    assert "rename OLD NEW" in findme.told("How to index an event").text
    findme.index("stauts")
    findme.told("Did you mean `/index-event status`?")
    findme.index("delte gala")
    findme.told("Did you mean `/index-event delete gala`?")
    findme.index("rename gala")
    findme.told("Type `/index-event rename OLD NEW`.")
    findme.index('"cancel" week')
    findme.parent(findme.crabs, "*cancel* is ready")


@pytest.mark.parametrize("text", ["status", "cancel gala", "rename gala party", "delete gala"])
def test_only_admins(findme: World, finder: PhotoFinder, text: str) -> None:
    indexed(findme)
    findme.index(text, user=findme.grace)
    findme.told("Only admins", user=findme.grace)
    assert [event.key.slug for event in finder.events()] == ["gala"]


def test_an_event_is_renamed(findme: World, finder: PhotoFinder) -> None:
    indexed(findme)
    findme.index('rename Gala "Été 2026"')
    findme.told("*gala* is now called *ete-2026*")
    findme.index("rename ete-2026 ete-2026")
    findme.told("is called *ete-2026* already")
    (event,) = finder.events()
    assert (event.key.slug, event.photos) == ("ete-2026", 12)
    findme.index("ete-2026 week")
    findme.parent(findme.crabs, "13 there already")  # it is the same event under its new name


def test_a_name_that_is_taken_is_refused_without_a_word_on_whose_it_is(
    findme: World, finder: PhotoFinder
) -> None:
    secret = findme.slack.add_channel("secret", kind=Kind.PRIVATE, members=[findme.grace])
    admin = findme.slack.add_user("ada", admin=True)
    findme.slack.join(admin, secret)
    indexed(findme, "surprise", channel=secret, user=admin)
    indexed(findme, "gala")
    findme.index("rename gala Surprise")
    findme.told("The name surprise is taken or may not be used here.")
    findme.index("cancel surprise")
    findme.told("Nothing called *surprise* is being indexed")
    for text in ("delete surprise", "rename surprise mine"):
        findme.index(text)
        findme.told("There is no event called “surprise”")
    findme.index("status")
    assert "surprise" not in findme.told("*Ended*").text
    assert {event.key.slug for event in finder.events()} == {"surprise", "gala"}


def test_another_channels_run_is_never_confirmed(queued: World, queue: IndexQueue) -> None:
    secret = queued.slack.add_channel("secret", kind=Kind.PRIVATE, members=[queued.grace])
    admin = queued.slack.add_user("ada", admin=True)
    queued.slack.join(admin, secret)
    queued.index("surprise week", channel=secret, user=admin)
    wait_for(lambda: bool(queue.unfinished()))
    queued.index("surprise week")
    queued.told("The name surprise is taken or may not be used here.")
    queued.index("status")
    queued.told("Nothing is being indexed")
    queued.index("status", user=admin, channel=queued.town)
    assert "*surprise* in <#" in queued.told("waiting, or looking through", user=admin).text
    queued.index("cancel surprise", user=admin, channel=queued.town)
    queued.told("I stop indexing *surprise*", user=admin)


def test_an_event_of_a_direct_message_is_its_makers_everywhere(findme: World, finder: PhotoFinder) -> None:
    alone = findme.slack.dm_with_bot(findme.eileen)
    findme.slack.set_avatar(findme.eileen, picture(RED))
    indexed(findme, "trial", channel=alone)
    findme.told("Indexing *trial*. I report the progress here.")
    findme.parent(alone, "type `/findme` here to find yourself")
    findme.find("me in trial")
    findme.parent(alone, "photos of *trial*")
    findme.index("status")
    findme.told("*trial* in a direct message with me: complete, 12 photos")
    findme.find("in trial", user=findme.grace)
    findme.told("There is no event called", user=findme.grace)
    findme.index("delete trial")
    findme.told("Delete *trial*, with 12 photos")
    assert len(finder.events()) == 1


def test_between_people_nothing_is_indexed(findme: World, finder: PhotoFinder) -> None:
    ada = findme.slack.add_user("ada")
    people = [findme.eileen, findme.grace]
    for kind, members in ((Kind.DM, people), (Kind.GROUP_DM, [*people, ada])):
        place = findme.slack.add_channel(kind=kind, members=members, bot_is_member=False)
        findme.index("trial week", channel=place)
        findme.told("I am not in this conversation")
    assert finder.events() == []


def test_an_event_is_deleted_after_a_question(findme: World, finder: PhotoFinder, root: Path) -> None:
    indexed(findme)
    findme.index("delete GALA")
    question = findme.told("Delete *gala*, with 12 photos and 24 faces?")
    assert question.text.endswith("stay where they are, in `week`.")
    findme.slack.click(findme.eileen, question, "keep_event")
    findme.told("*gala* stays as it is")
    assert len(finder.events()) == 1
    findme.index("delete gala")
    question = findme.told("Delete *gala*")
    findme.slack.click(findme.eileen, question, "delete_event")
    told = findme.told("*gala* is deleted")
    assert "12 photos and 24 faces went from the database" in told.text
    assert finder.events() == []
    assert len(list((root / "week").iterdir())) == 14
    told_all = findme.slack.ephemerals(findme.eileen)
    assert not [m for m in told_all if "Delete *gala*" in m.text]  # the question is replaced


def test_a_question_that_was_overtaken_deletes_nothing(findme: World, finder: PhotoFinder) -> None:
    indexed(findme)
    findme.index("delete gala")
    question = findme.told("Delete *gala*")
    finder.forget_event(finder.event("gala", TEAM))
    findme.index("gala week")
    findme.slack.wait_for(lambda: len(findme.slack.messages(findme.crabs)) == 2)
    wait_for(lambda: [event.state for event in finder.events()] == [EventState.COMPLETE])
    findme.slack.click(findme.eileen, question, "delete_event")
    findme.told("There is no event called “gala”")
    assert finder.event("gala", TEAM).photos == 12


def test_an_event_of_the_command_line_is_changed_there(
    findme: World, finder: PhotoFinder, root: Path
) -> None:
    finder.index(FolderSource(root / "week"), EventKey("gala"))
    for text in ("delete gala", "rename gala party"):
        findme.index(text)
        findme.told("findme forget")
    assert len(finder.events()) == 1


def test_deleting_in_the_middle_of_a_workers_run(
    queued: World, queue: IndexQueue, finder: PhotoFinder, crew: Workers
) -> None:
    slow = crew.start(1.0)
    queued.index("gala week")
    wait_for(lambda: any((run.progress and run.progress.done) for run in queue.unfinished()))
    queued.index("status")
    assert "of 14 photos done" in queued.told("*Being indexed*").text
    queued.index("rename gala party")
    queued.told("Rename it when that is done")
    queued.index("delete gala")
    question = queued.told("It is being indexed right now; that stops first.")
    queued.slack.click(queued.eileen, question, "delete_event")
    queued.told("*gala* is deleted")
    assert finder.events() == []
    assert queue.unfinished() == []
    queued.parent(queued.crabs, "The event was deleted in the middle")
    slow.kill()
    crew.start()
    queued.index("gala week")
    queued.parent(queued.crabs, "*gala* is ready: 12 photos with 24 faces")


def test_deleting_in_the_middle_of_a_run_of_this_process(finder: PhotoFinder, root: Path) -> None:
    gate = Gate(root / "week")
    with world(finder, FINDME_PHOTO_ROOTS=str(root), open_source=lambda _: gate) as findme:
        findme.index("gala week")
        findme.parent(findme.crabs, "looking through")
        findme.index("delete gala")
        question = findme.told("Delete *gala*")
        findme.slack.click(findme.eileen, question, "delete_event")
        findme.told("Deleting *gala*")
        gate.open.set()
        findme.told("*gala* is deleted")
        findme.parent(findme.crabs, "deleted in the middle")
        assert finder.events() == []


def test_status_tells_what_has_ended_and_how(findme: World, root: Path) -> None:
    (root / "empty").mkdir()
    indexed(findme, "gala")
    findme.index("nothing empty")
    assert "not complete. empty holds no photos" in findme.parent(findme.crabs, "holds no photos").text
    indexed(findme, "party", "2026", channel=findme.town)
    findme.index("status")
    text = findme.told("*Ended*").text
    party, nothing, gala = text.splitlines()[1:]
    assert "*party* in <#" in party
    assert "complete, 3 photos with 6 faces, 1 failed" in party
    assert "*nothing*: nothing is indexed" in nothing
    assert " empty holds no photos" in nothing
    assert "*gala*: complete, 12 photos with 24 faces" in gala


def test_a_long_list_of_failures_goes_into_the_thread(findme: World, root: Path) -> None:
    for number in range(12):
        (root / "week" / f"broken {number}.jpg").write_bytes(b"\xff\xd8\xff no more")
    findme.index("gala week")
    report = findme.parent(findme.crabs, "The full list of the 13 is in the thread.")
    assert "*gala* is ready" in report.text
    assert "*12* – " in report.text
    assert "First thing to try:" in report.text
    ((name, _, listing),) = findme.slack.wait_for(lambda: _files(findme, report))
    assert name == "gala-failed.txt"
    assert all(f"broken {number}.jpg" in listing.decode() for number in range(12))


def _files(findme: World, parent: Message) -> list[tuple[str, str, bytes]]:
    replies = [m for m in findme.slack.thread(parent.channel, parent.ts) if m.ts != parent.ts]
    return [(file.name, file.title, file.data) for m in replies for file in findme.slack.files(m)]
