"""/findme, over signed HTTP, with the real pipeline behind it."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.playground import Kind, Playground
from bot.playground.shapes import Shapes
from pipeline.errors import SpaceMismatch
from pipeline.finder import PhotoFinder
from tests.acceptance import portraits
from tests.acceptance.portraits import EILEENS, GRACES
from tests.acceptance.world import ACK_SECONDS, CHEFS, CHEFS_DINNER, CRAB_WEEK, GALA, World, world

OWN_NAMES = {"grace-1.jpg", "grace-2.JPG", "grace & co <3>.jpg", "grace-huge.jpg"}  # of GRACES, as posted


def test_photos_of_the_right_person_arrive_in_the_thread(findme: World) -> None:
    ack = findme.find("@grace in crab-week")
    assert ack.ok
    assert f"Looking for <@{findme.grace.id}> in crab-week" in ack.body.encode().decode("unicode_escape")

    parent = findme.parent(findme.crabs)
    assert f"Found <@{findme.grace.id}> in {len(GRACES)} photos of *crab-week*" in parent.text
    assert "strong" in parent.text
    images = findme.images(findme.crabs, parent.ts)
    assert {name for name, _, _ in images} == OWN_NAMES
    assert len(findme.slack.messages(findme.crabs)) == 1  # everything else is in the thread


def test_images_are_small_jpegs_that_tell_nothing_about_the_camera(findme: World) -> None:
    findme.find("@grace")
    images = findme.images(findme.crabs, findme.parent(findme.crabs).ts)
    sizes = {}
    for name, _, data in images:
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.format == "JPEG", name
            assert not picture.getexif(), name
            assert b"Exif" not in data, name
            sizes[name] = max(picture.size)
    assert max(sizes.values()) == sizes["grace-huge.jpg"] == 2048


def test_titles_tell_rank_strength_and_confidence_in_words(findme: World) -> None:
    findme.find("@grace")
    images = findme.images(findme.crabs, findme.parent(findme.crabs).ts)
    for rank, (_, title, _) in enumerate(images, start=1):
        assert title.startswith(f"{rank} of 4 · ")
        assert "strong match, " in title or "possible match, " in title
        assert title.endswith(" % sure")
    names = [name for name, _, _ in images]
    texts = {file.name: file.alt_text for file in findme.slack.files(_reply(findme, names))}
    assert all("crab-week" in text and text.startswith("Photo ") for text in texts.values())


def _reply(findme: World, names: list[str]) -> object:
    parent = findme.parent(findme.crabs)
    return next(m for m in findme.slack.thread(findme.crabs, parent.ts) if len(m.files) == len(names))


def test_photos_that_slack_shows_late_are_sent_once(indexed: PhotoFinder) -> None:
    with world(indexed, Playground(share_seconds=0.3)) as findme:
        findme.find("@grace")
        parent = findme.parent(findme.crabs)
        assert len(findme.images(findme.crabs, parent.ts)) == 4
        findme.settle()
        assert len(findme.images(findme.crabs, parent.ts)) == 4
        assert len(findme.slack.calls("files.completeUploadExternal")) == 1


def test_without_a_name_people_find_themselves_in_their_channels_event(findme: World) -> None:
    findme.find(user=findme.eileen)
    parent = findme.parent(findme.crabs)
    assert parent.text.startswith(f"<@{findme.eileen.id}>, you are in 3 photos of *{CRAB_WEEK}*")
    assert {name for name, _, _ in findme.images(findme.crabs, parent.ts)} == EILEENS


@pytest.mark.parametrize("text", ["me", "in Crab Week", "IN crab-week me"])
def test_other_ways_to_say_it(findme: World, text: str) -> None:
    findme.find(text)
    assert f"of *{CRAB_WEEK}*" in findme.parent(findme.crabs).text


def test_elsewhere_the_workspaces_event_is_searched(findme: World) -> None:
    findme.slack.leave(findme.eileen, findme.crabs)
    findme.find("@grace", channel=findme.town)
    assert f"of *{GALA}*" in findme.parent(findme.town).text


def test_ids_that_begin_with_w(findme: World) -> None:
    wanda = findme.slack.add_user("wanda", id="W0WANDA", avatar=portraits.jpeg(portraits.grace()))
    findme.find("@wanda")
    assert f"Found <@{wanda.id}> in 4 photos" in findme.parent(findme.crabs).text


def test_only_the_best_are_shown_and_the_rest_is_counted(indexed: PhotoFinder) -> None:
    with world(indexed, FINDME_RESULTS="2") as findme:
        findme.find("@grace")
        parent = findme.parent(findme.crabs)
        assert "in 4 photos" in parent.text
        assert "The best 2 of 4 are below." in parent.text
        titles = [title for _, title, _ in findme.images(findme.crabs, parent.ts)]
        assert [title.split(" · ")[0] for title in titles] == ["1 of 4", "2 of 4"]


def test_many_photos_go_in_batches_of_ten(indexed: PhotoFinder, tmp_path: Path) -> None:
    from pipeline.sources.folder import FolderSource
    from pipeline.types import EventKey

    for number in range(13):
        picture = portraits.grace().rotate(number - 6, fillcolor="grey").resize((256, 300))
        (tmp_path / f"g{number:02}.jpg").write_bytes(portraits.jpeg(picture, hour=number))
    indexed.index(FolderSource(tmp_path), EventKey("many"))
    try:
        with world(indexed, FINDME_RESULTS="13") as findme:
            findme.find("@grace in many")
            parent = findme.parent(findme.crabs)
            findme.slack.wait_for(lambda: len(findme.images(findme.crabs, parent.ts)) == 13)
            sizes = [len(call["files"]) for call in findme.slack.calls("files.completeUploadExternal")]
            assert len(sizes) == 2
    finally:
        indexed.forget_event(indexed.event("many"))


def test_what_slack_delivers_twice_is_answered_once(findme: World) -> None:
    findme.slack.command("/findme", "@grace", user=findme.eileen, channel=findme.crabs, times=3)
    findme.parent(findme.crabs)
    findme.settle()
    assert len(findme.slack.sent) >= 3
    assert all(ack.ok for _, ack in findme.slack.sent)
    assert len(findme.slack.messages(findme.crabs)) == 1
    findme.find("@grace")  # the same words typed again are another request
    findme.slack.wait_for(lambda: len(findme.slack.messages(findme.crabs)) == 2)


def test_many_at_once_are_all_acknowledged_while_searches_run(findme: World) -> None:
    # The first five searches take longer than anybody waits for an acknowledgement.
    findme.slack.fail("users.info", "hang", seconds=2 * ACK_SECONDS, times=5)
    threads = [threading.Thread(target=findme.find, args=("@grace in crab-week",)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    acks = [ack for _, ack in findme.slack.sent]
    assert len(acks) == 12
    assert all(ack.ok for ack in acks), acks
    findme.slack.mend("users.info")
    findme.slack.wait_for(lambda: len(findme.slack.messages(findme.crabs)) == 12)


@pytest.fixture
def chefs(findme: World) -> Iterator[object]:
    """A private channel with an event, in which only Grace is."""
    return findme.slack.add_channel("chefs", id=CHEFS, kind=Kind.PRIVATE, members=[findme.grace])


def test_a_private_channels_event_is_searched_there(findme: World, chefs: object) -> None:
    findme.find(user=findme.grace, channel=chefs)
    assert f"1 photo of *{CHEFS_DINNER}*" in findme.parent(chefs).text


@pytest.mark.usefixtures("chefs")
def test_a_member_who_asks_elsewhere_gets_it_by_dm(findme: World) -> None:
    findme.find(f"in {CHEFS_DINNER}", user=findme.grace, channel=findme.crabs)
    assert "by DM" in findme.told("by DM", user=findme.grace).text
    direct = findme.slack.dm_with_bot(findme.grace)
    assert {n for n, _, _ in findme.images(direct, findme.parent(direct).ts)} == {"dinner-grace-1.jpg"}
    assert {message.channel for message in findme.posted()} == {direct.id}


@pytest.mark.usefixtures("chefs")
def test_to_others_a_private_channels_event_is_as_if_it_were_not_there(findme: World) -> None:
    findme.find(f"@grace in {CHEFS_DINNER}")
    hidden = findme.told("There is no event called").text
    findme.find("@grace in no-such-event")
    unknown = findme.told("There is no event called “no-such-event”").text
    assert hidden.replace(CHEFS_DINNER, "no-such-event") == unknown
    assert CRAB_WEEK in unknown
    assert GALA in unknown
    findme.settle()
    assert findme.posted() == []


def test_when_membership_cannot_be_told_the_answer_is_no(findme: World, chefs: object) -> None:
    findme.slack.refuse("conversations.members", "internal_error", times=None)
    findme.find(f"in {CHEFS_DINNER}", user=findme.grace)
    findme.told("There is no event called", user=findme.grace)
    findme.find(user=findme.grace, channel=chefs)  # typed in its own channel: that is proof enough
    findme.parent(chefs)


@pytest.mark.usefixtures("chefs")
def test_an_answer_for_the_channel_shows_no_name_of_another_channels_event(findme: World) -> None:
    sent = findme.slack.mention(
        findme.grace, findme.crabs, "in nothing", [("me.jpg", portraits.jpeg(portraits.grace()))]
    )
    reply = findme.replied(findme.crabs, sent.ts, "There is no event called")
    assert CHEFS_DINNER not in reply.text
    assert CRAB_WEEK in reply.text


def test_guests_and_strangers_search_their_channels_only(findme: World) -> None:
    picture = portraits.jpeg(portraits.grace())
    for kind in ("guest", "stranger"):
        person = findme.slack.add_user(kind, avatar=picture, **{kind: True})
        findme.find(user=person, channel=findme.town)
        findme.told("members of this workspace", user=person)
    findme.settle()
    assert findme.posted() == []
    guest = findme.slack.person("guest")
    findme.slack.join(guest, findme.crabs)
    findme.find(user=guest)
    findme.parent(findme.crabs)


def test_with_self_people_find_themselves_only(indexed: PhotoFinder) -> None:
    with world(indexed, FINDME_LOOKUP="self") as findme:
        findme.find("@grace")
        assert "/findme" in findme.told("looks for themselves only").text
        photo = [("g.jpg", portraits.jpeg(portraits.grace()))]
        sent = findme.slack.mention(findme.eileen, findme.crabs, "", photo)
        findme.replied(findme.crabs, sent.ts, "don't search with photos")
        findme.find()
        findme.parent(findme.crabs, "you are in 3 photos")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("help", "How to find photos"),
        ("help me", "How to find photos"),
        ("@nobody-by-that-name", "pick the person from the list"),
        ("@grace @eileen", "one person at a time"),
        ("crab-week", "/findme in crab-week"),
        ("<!channel>", "How to find photos"),
    ],
)
def test_words_that_are_no_search_are_answered_at_once(findme: World, text: str, answer: str) -> None:
    assert findme.find(text).ok
    assert answer in findme.told(answer).text
    assert "<!channel>" not in findme.told(answer).text
    assert "help me" not in findme.told(answer).text
    assert not findme.slack.calls("users.info")


def test_in_without_an_event_lists_the_events(findme: World) -> None:
    findme.find("in")
    told = findme.told("Which event?").text
    assert CRAB_WEEK in told
    assert CHEFS_DINNER not in told


def test_no_event_at_all(store: object, registry: object) -> None:
    empty = PhotoFinder(store, registry, lambda _: None)  # type: ignore[arg-type, return-value]  # nothing is read
    with world(empty) as findme:
        findme.find()
        assert "/index-event" in findme.told("no event photos").text


def test_an_event_that_moves_to_another_recognizer_meanwhile_is_searched_anew(
    findme: World, indexed: PhotoFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, calls = indexed.find, []

    def moved_at_first(*args: Any, **options: Any) -> Any:
        calls.append(args)
        if len(calls) == 1:
            raise SpaceMismatch("Event gala has just been moved to another recognizer. Search it again.")
        return find(*args, **options)

    monkeypatch.setattr(indexed, "find", moved_at_first)
    findme.find("@grace in crab-week")
    assert "Found" in findme.parent(findme.crabs).text
    assert len(calls) == 2


def test_in_the_direct_message_with_the_bot(findme: World) -> None:
    direct = findme.slack.dm_with_bot(findme.eileen)
    findme.find("in crab-week", channel=direct)
    parent = findme.parent(direct, "you are in 3 photos")
    assert {name for name, _, _ in findme.images(direct, parent.ts)} == EILEENS


@pytest.mark.parametrize("kind", [Kind.PUBLIC, Kind.PRIVATE, Kind.DM, Kind.GROUP_DM])
def test_where_the_bot_cannot_post_the_answer_goes_by_dm(findme: World, kind: Kind) -> None:
    place = findme.slack.add_channel(
        "elsewhere", kind=kind, members=[findme.eileen, findme.grace], bot_is_member=False
    )
    findme.find("@grace in gala", channel=place)
    note = findme.told("by DM").text
    assert ("/invite" in note) is (kind in {Kind.PUBLIC, Kind.PRIVATE})
    direct = findme.slack.dm_with_bot(findme.eileen)
    assert len(findme.images(direct, findme.parent(direct).ts)) == 4
    assert {message.channel for message in findme.posted()} == {direct.id}


def test_a_parent_whose_photos_cannot_follow_is_taken_back(indexed: PhotoFinder) -> None:
    slack = Playground(share_seconds=0)
    slack.grant("chat:write.public")
    with world(indexed, slack) as findme:
        place = findme.slack.add_channel("open", members=[findme.eileen], bot_is_member=False)
        findme.find("@grace in gala", channel=place)
        findme.told("by DM")
        assert findme.slack.messages(place) == []
        assert findme.slack.calls("chat.delete")


@pytest.mark.parametrize("trouble", ["archived", "restricted_action_read_only_channel"])
def test_channels_where_nobody_may_post(findme: World, trouble: str) -> None:
    restricted = None if trouble == "archived" else trouble
    place = findme.slack.add_channel(
        "closed", members=[findme.eileen], archived=trouble == "archived", restricted=restricted
    )
    findme.find("@grace in gala", channel=place)
    assert "/invite" not in findme.told("by DM").text
    findme.parent(findme.slack.dm_with_bot(findme.eileen))


@pytest.mark.parametrize("error", ["ratelimited", "missing_scope", "internal_error"])
def test_where_the_readers_are_not_known_the_workspaces_event_goes_by_dm(findme: World, error: str) -> None:
    findme.slack.refuse("conversations.info", error, times=None)
    findme.find("@grace in gala", channel=findme.town)
    findme.told("by DM")
    assert findme.slack.messages(findme.town) == []
    findme.parent(findme.slack.dm_with_bot(findme.eileen))


def test_a_server_without_conversations_info_shares_nothing(findme: World) -> None:
    findme.slack.refuse("conversations.info", "unknown_method", times=None)
    findme.find("@grace in gala", channel=findme.town)
    findme.parent(findme.town)


def test_neither_here_nor_by_dm(indexed: PhotoFinder) -> None:
    with world(indexed) as findme:
        findme.slack.refuse("chat.postMessage", "channel_not_found", times=None)
        findme.find("@grace")
        findme.told("neither here nor in a DM")


def test_a_channel_shared_with_another_workspace_does_not_see_the_workspaces_event(
    findme: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Shapes.channel

    def shared(self: Shapes, *args: Any, **named: Any) -> dict[str, Any]:
        shape = original(self, *args, **named)
        return shape | {"is_ext_shared": shape["id"] == findme.town.id}

    # The imitation has no Slack Connect: this is what conversations.info says of such a channel.
    monkeypatch.setattr(Shapes, "channel", shared)
    findme.slack.leave(findme.eileen, findme.crabs)
    findme.find("@grace in gala", channel=findme.town)
    findme.told("by DM")
    assert findme.slack.messages(findme.town) == []
