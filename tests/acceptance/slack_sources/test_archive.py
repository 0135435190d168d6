"""/index-event with an uploaded ZIP archive: in a mention, by its link, in the form."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.finder import PhotoFinder
from tests.acceptance.slack_sources.sharing import TEAM_URI, archive, submit_form
from tests.acceptance.world import CRABS, World
from tests.fakes.recognizer import RED, picture


def test_an_archive_attached_to_a_mention(findme: World, finder: PhotoFinder, tmp_path: Path) -> None:
    said = findme.slack.mention(findme.eileen, findme.crabs, "index Crab-Week", [archive()])
    report = findme.parent(findme.crabs, "*crab-week* is ready")
    assert "2 photos with 3 faces" in report.text
    (event,) = finder.events()
    assert (event.key.channel, event.source) == (CRABS, f"{TEAM_URI}/{said.message.files[0]}")
    assert not list((tmp_path / "uploads").glob("*.zip"))  # the event is complete: its photos are kept
    (file,) = findme.slack.files(said.message)
    findme.slack.delete_file(file)
    findme.find(user=findme.grace)
    parent = findme.parent(findme.crabs, "you are in 2 photos of *crab-week*")
    assert len(findme.images(findme.crabs, parent.ts)) == 2


def test_an_archive_by_its_link_or_its_id(findme: World, finder: PhotoFinder) -> None:
    said = findme.slack.say(findme.eileen, findme.crabs, "the photos", files=[archive()])
    (file,) = findme.slack.files(said.message)
    link = findme.slack.services.shapes.file(file)["permalink"]
    for number, typed in enumerate((link, f"<{link}>", f"<{link}|party.zip>", file.id), start=1):
        findme.index(f"week-{number} {typed}")
        findme.parent(findme.crabs, f"*week-{number}* is ready")
    assert [event.photos for event in finder.events()] == [2, 2, 2, 2]


def test_an_archive_of_a_channel_that_is_not_the_askers(findme: World, finder: PhotoFinder) -> None:
    secret = findme.slack.add_channel("secret", kind="private", members=[findme.grace])
    said = findme.slack.say(findme.grace, secret, "the photos", files=[archive()])
    findme.index(f"week {said.message.files[0]}")
    findme.told("I can't open that file")
    assert finder.events() == []


def test_who_uploads_an_archive_must_be_an_admin_and_name_the_event(
    findme: World, finder: PhotoFinder
) -> None:
    findme.slack.mention(findme.grace, findme.crabs, "index week", [archive()])
    findme.slack.wait_for(
        lambda: "Only admins" in str(findme.posted()) + str(findme.slack.ephemerals(findme.grace))
    )
    findme.slack.mention(findme.eileen, findme.crabs, "here you are", [archive()])
    findme.slack.wait_for(
        lambda: "index NAME" in str(findme.posted()) + str(findme.slack.ephemerals(findme.eileen))
    )
    assert finder.events() == []


def test_what_is_no_archive(findme: World, finder: PhotoFinder) -> None:
    said = findme.slack.say(findme.eileen, findme.crabs, "", files=[("one.png", picture(RED))])
    findme.index(f"week {said.message.files[0]}")
    findme.told("no ZIP archive")
    findme.index("week F0NOWHERE1")
    findme.told("I can't open that file")
    assert finder.events() == []


def test_an_archive_that_is_too_large(
    findme: World, finder: PhotoFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.uploaded_archive.MOST_BYTES", 1000)
    findme.slack.mention(findme.eileen, findme.crabs, "index week", [archive()])
    findme.slack.wait_for(
        lambda: "Split it" in str(findme.posted()) + str(findme.slack.ephemerals(findme.eileen))
    )
    assert finder.events() == []


def test_archives_and_channels_are_called_as_people_know_them(findme: World) -> None:
    findme.slack.mention(findme.eileen, findme.crabs, "index bad", [("torn.zip", archive()[1][:-30])])
    findme.parent(findme.crabs, "*bad* is not complete. torn.zip is no ZIP archive")
    findme.slack.mention(findme.eileen, findme.crabs, "index week", [archive()])
    findme.parent(findme.crabs, "*week* is ready")
    findme.index("delete week")
    findme.told("stay where they are, in `party.zip`.")
    findme.slack.say(findme.grace, findme.crabs, "", files=[("one.png", picture(RED))])
    findme.index("all #crabs")
    findme.parent(findme.crabs, "*all* is ready")
    findme.index("delete all")
    findme.told(f"stay where they are, in <#{CRABS}>.")


def test_an_archive_uploaded_in_the_form(findme: World, finder: PhotoFinder) -> None:
    file = findme.slack.upload(findme.eileen, *archive())  # shared nowhere: it is in the form alone
    assert submit_form(findme, "upload", "zip", {"files": [{"id": file.id}]}).body == ""
    assert "2 photos with 3 faces" in findme.parent(findme.crabs, "*crab-week* is ready").text
    (event,) = finder.events()
    assert (event.key.channel, event.source) == (CRABS, f"{TEAM_URI}/{file.id}")
    ada = findme.slack.add_user("ada", admin=True)
    findme.slack.join(ada, findme.crabs)
    findme.index(f"week {file.id}", user=ada)
    findme.told("I can't open that file", user=ada)
    assert finder.events() == [event]


def test_a_file_in_the_form_that_cannot_be_indexed(findme: World, finder: PhotoFinder) -> None:
    photo = findme.slack.upload(findme.eileen, "one.png", picture(RED))
    submit_form(findme, "upload", "zip", {"files": [{"id": photo.id}]})
    findme.told("no ZIP archive")
    of_grace = findme.slack.upload(findme.grace, *archive())
    submit_form(findme, "upload", "zip", {"files": [{"id": of_grace.id}]})
    findme.told("I can't open that file")
    assert finder.events() == []
