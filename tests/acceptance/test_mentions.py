"""Mentions with a photo, and direct messages to the bot."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.finder import PhotoFinder
from tests.acceptance import portraits
from tests.acceptance.portraits import EILEENS, GRACES
from tests.acceptance.world import CHEFS_DINNER, CRAB_WEEK, World, world

SELFIE = ("selfie.jpg", portraits.jpeg(portraits.eileen()))


def test_a_mention_with_a_photo_is_answered_in_its_thread(findme: World) -> None:
    sent = findme.slack.mention(findme.grace, findme.crabs, "who is that?", [SELFIE])
    assert all(ack.ok for ack in sent.acks)
    reply = findme.replied(findme.crabs, sent.ts, "Found the person in your photo")
    assert f"in 3 photos of *{CRAB_WEEK}*" in reply.text
    assert {name for name, _, _ in findme.images(findme.crabs, sent.ts)} == EILEENS
    assert [m.ts for m in findme.slack.messages(findme.crabs)] == [sent.ts]  # nothing outside the thread


def test_in_a_thread_the_answer_stays_there(findme: World) -> None:
    first = findme.slack.say(findme.grace, findme.crabs, "Photos, anyone?")
    findme.slack.mention(findme.grace, findme.crabs, "in gala", [SELFIE], thread_ts=first.ts)
    assert "of *gala*" in findme.replied(findme.crabs, first.ts, "Found").text
    assert len(findme.images(findme.crabs, first.ts)) == 3


def test_of_several_photos_the_first_is_used_and_of_several_faces_the_largest(findme: World) -> None:
    group = ("group.jpg", portraits.jpeg(portraits.together()))
    sent = findme.slack.mention(findme.grace, findme.crabs, "", [group, SELFIE])
    reply = findme.replied(findme.crabs, sent.ts, "Found")
    assert "in 4 photos" in reply.text  # Grace's, the larger one's
    assert "2 faces" in reply.text
    assert "left out 1 other" in reply.text


def test_a_tiny_photo_finds_no_strong_match_and_is_said(findme: World) -> None:
    tiny = ("tiny.jpg", portraits.jpeg(portraits.grace().resize((64, 75))))
    sent = findme.slack.mention(findme.grace, findme.crabs, "", [tiny])
    reply = findme.replied(findme.crabs, sent.ts, "Found")
    assert "in 4 photos of *crab-week* — 4 possible" in reply.text
    assert "in your photo is very small" in reply.text


def test_a_mention_that_asks_for_nothing_is_told_how(findme: World) -> None:
    sent = findme.slack.mention(findme.grace, findme.crabs, "hello")
    findme.replied(findme.crabs, sent.ts, "with a photo")


def test_a_mention_with_a_person_is_answered_in_its_thread(findme: World) -> None:
    sent = findme.slack.mention(findme.eileen, findme.crabs, f"<@{findme.grace.id}> in gala")
    assert "in 4 photos of *gala*" in findme.replied(findme.crabs, sent.ts, "Found").text
    assert len(findme.images(findme.crabs, sent.ts)) == len(GRACES)
    assert [m.ts for m in findme.slack.messages(findme.crabs)] == [sent.ts]  # nothing outside the thread


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("me", "you are in 3 photos"),
        ("find me!", "you are in 3 photos"),
        ("{grace} {bot}", "Found {grace} in 4 photos"),  # whoever is named first
        ("/findme {grace}", "Found {grace} in 4 photos"),
        ("{bot} {bot} {grace}", "Found {grace} in 4 photos"),
        ("{grace} {eileen}", "one person at a time"),
        ("@nobody-by-that-name", "pick the person from the list"),
        ("{grace} in", "Which event?"),
        ("{grace} in chefs-dinner", "There is no event called"),
        ("help", "How to find photos"),
    ],
)
def test_what_a_mention_says_without_a_photo(findme: World, text: str, answer: str) -> None:
    people = {person.name: f"<@{person.id}>" for person in (findme.grace, findme.eileen)}
    people["bot"] = f"<@{findme.slack.bot.id}>"
    sent = findme.slack.mention(findme.eileen, findme.crabs, text.format(**people))
    findme.replied(findme.crabs, sent.ts, answer.format(**people))


def test_a_mention_with_a_person_keeps_to_the_rules(indexed: PhotoFinder) -> None:
    with world(indexed, FINDME_LOOKUP="self") as findme:
        sent = findme.slack.mention(findme.eileen, findme.crabs, f"<@{findme.grace.id}>")
        findme.replied(findme.crabs, sent.ts, "looks for themselves only")
        sent = findme.slack.mention(findme.eileen, findme.crabs, f"<@{findme.eileen.id}>")
        findme.replied(findme.crabs, sent.ts, "you are in 3 photos")
        sent = findme.slack.mention(findme.eileen, findme.town, f"me in {CRAB_WEEK}")
        findme.replied(findme.town, sent.ts, "There is no event called")


@pytest.mark.parametrize(
    ("photo", "answer"),
    [
        (("hill.jpg", portraits.jpeg(portraits.scenery())), "no face in that photo"),
        (("notes.txt", b"not a photo"), "That is no photo"),
        (("broken.jpg", portraits.jpeg(portraits.eileen())[:400]), ""),
    ],
)
def test_photos_that_cannot_be_searched_with(findme: World, photo: tuple[str, bytes], answer: str) -> None:
    sent = findme.slack.mention(findme.grace, findme.crabs, "", [photo])
    reply = findme.replied(findme.crabs, sent.ts, answer)
    assert "Found" not in reply.text
    assert "wrong on my side" not in reply.text


def test_an_event_of_another_channel_is_not_searched_in_public(findme: World) -> None:
    sent = findme.slack.mention(findme.grace, findme.town, f"in {CRAB_WEEK}", [SELFIE])
    findme.replied(findme.town, sent.ts, "There is no event called")


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("find the person in this photo", CRAB_WEEK),
        ("who is in this picture?", CRAB_WEEK),
        ("In which photos am I?", CRAB_WEEK),
        ("in gala please", "gala"),
        ("who is that in Gala?", "gala"),
        (f"in {CHEFS_DINNER} please", CRAB_WEEK),  # one that the asker may not see is like any other word
    ],
)
def test_a_photo_beside_a_sentence_is_searched_with(findme: World, text: str, event: str) -> None:
    sent = findme.slack.mention(findme.grace, findme.crabs, text, [SELFIE])
    assert f"in 3 photos of *{event}*" in findme.replied(findme.crabs, sent.ts, "Found").text


def test_a_mistyped_event_is_told(findme: World) -> None:
    sent = findme.slack.mention(findme.grace, findme.crabs, "in crab-wek", [SELFIE])
    findme.replied(findme.crabs, sent.ts, "There is no event called “crab-wek”")


def test_where_the_readers_are_not_known_a_mention_shows_nothing_of_the_workspace(findme: World) -> None:
    findme.slack.refuse("conversations.info", "missing_scope", times=None)
    sent = findme.slack.mention(findme.grace, findme.town, "", [SELFIE])
    findme.replied(findme.town, sent.ts, "who can read this conversation")
    sent = findme.slack.mention(findme.grace, findme.crabs, "", [SELFIE])
    findme.replied(findme.crabs, sent.ts, "Found")  # the channel's own event


def test_the_same_mention_twice_and_edited_is_answered_once(findme: World) -> None:
    sent = findme.slack.mention(findme.grace, findme.crabs, "who?", [SELFIE], times=3)
    findme.images(findme.crabs, sent.ts)
    acks = findme.slack.edit(sent.message, f"<@{findme.slack.bot.id}> who is that?").acks
    assert all(ack.ok for ack in acks)
    findme.settle()
    answers = [m for m in findme.slack.thread(findme.crabs, sent.ts) if "Found" in m.text]
    assert len(answers) == 1


def test_a_forwarded_photo(findme: World) -> None:
    file = findme.slack.say(findme.grace, findme.town, "", files=[SELFIE]).message.files[0]
    shape = _file(findme, file)
    event = _mention_event(findme) | {"attachments": [{"is_share": True, "files": [shape]}]}
    assert all(ack.ok for ack in findme.slack.event(event))
    assert "in 3 photos" in findme.replied(findme.crabs, event["ts"], "Found").text


def test_a_stub_of_a_shared_channel_is_asked_for_again(findme: World) -> None:
    file = findme.slack.say(findme.grace, findme.crabs, "", files=[SELFIE]).message.files[0]
    event = _mention_event(findme) | {"files": [{"id": file, "file_access": "check_file_info"}]}
    findme.slack.event(event)
    findme.replied(findme.crabs, event["ts"], "Found")
    assert {"file": file} in [
        {"file": call["file"]} for call in findme.slack.calls("files.info") if call["file"] == file
    ]


@pytest.mark.parametrize(
    ("stub", "answer"),
    [
        ({"mode": "tombstone"}, "deleted"),
        ({"mode": "hidden_by_limit"}, "storage limit"),
        (
            {"mode": "external", "is_external": True, "url_private": "https://example.org/x.jpg"},
            "outside Slack",
        ),
        ({"file_access": "access_denied"}, "does not let me open"),
    ],
)
def test_files_that_slack_keeps_back(findme: World, stub: dict[str, Any], answer: str) -> None:
    event = _mention_event(findme) | {"files": [{"id": "F1", "name": "x.jpg", **stub}]}
    findme.slack.event(event)
    findme.replied(findme.crabs, event["ts"], answer)


def test_a_photo_that_the_event_lacks_is_fetched_with_the_message(findme: World) -> None:
    sent = findme.slack.say(findme.grace, findme.crabs, "look", files=[SELFIE])
    findme.slack.event(_mention_event(findme) | {"ts": sent.ts, "event_ts": sent.ts})
    findme.replied(findme.crabs, sent.ts, "Found")


def test_a_direct_message_with_a_photo(findme: World) -> None:
    sent = findme.slack.direct_message(findme.grace, "in crab-week", [SELFIE])
    direct = findme.slack.dm_with_bot(findme.grace)
    assert "Found the person in your photo" in findme.replied(direct, sent.ts, "Found").text
    assert {name for name, _, _ in findme.images(direct, sent.ts)} == EILEENS


def test_a_direct_message_in_words(findme: World) -> None:
    direct = findme.slack.dm_with_bot(findme.grace)
    sent = findme.slack.direct_message(findme.grace, "find me in crab-week")
    findme.replied(direct, sent.ts, "you are in 4 photos")
    sent = findme.slack.direct_message(findme.grace, f" /findme <@{findme.eileen.id}> in gala")
    findme.replied(direct, sent.ts, f"Found <@{findme.eileen.id}> in 3 photos of *gala*")
    sent = findme.slack.direct_message(findme.grace, "/findme")
    findme.replied(direct, sent.ts, "you are in 4 photos")
    sent = findme.slack.direct_message(findme.grace, "hello")
    findme.replied(direct, sent.ts, "Send me a *photo*")
    sent = findme.slack.direct_message(findme.grace, f"find me in {CHEFS_DINNER}")
    findme.replied(direct, sent.ts, "There is no event called")


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B0OTHER"},
        {"subtype": "message_changed", "hidden": True},
        {"subtype": "message_deleted", "hidden": True},
        {"subtype": "channel_topic"},
        {"user": None},
    ],
)
def test_what_no_person_wrote_is_acknowledged_and_left_alone(findme: World, change: dict[str, Any]) -> None:
    direct = findme.slack.dm_with_bot(findme.grace)
    message = {
        "type": "message",
        "channel_type": "im",
        "channel": direct.id,
        "user": findme.grace.id,
        "text": "hello",
        "ts": "1700000000.000100",
        "event_ts": "1700000000.000100",
    }
    assert all(ack.ok for ack in findme.slack.event(message | change))
    findme.settle()
    assert findme.posted() == []
    findme.slack.event(message | {"ts": "1700000000.000200", "event_ts": "1700000000.000200"})
    findme.slack.wait_for(findme.posted)


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked", "pin_added", "member_joined_channel"])
def test_every_event_is_acknowledged(findme: World, kind: str) -> None:
    event = {"type": kind, "event_ts": "1700000000.000300", "tokens": {"bot": ["U0FINDMEBOT"]}}
    assert all(ack.ok for ack in findme.slack.event(event))


def _mention_event(findme: World) -> dict[str, Any]:
    ts = findme.slack.say(findme.grace, findme.crabs, "a message without a mention").ts
    return {
        "type": "app_mention",
        "user": findme.grace.id,
        "channel": findme.crabs.id,
        "text": f"<@{findme.slack.bot.id}>",
        "ts": ts,
        "event_ts": ts,
    }


def _file(findme: World, file: str) -> dict[str, Any]:
    stored = findme.slack.workspace.file(file)
    assert stored is not None
    return findme.slack.services.shapes.file(stored)
