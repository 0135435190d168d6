"""Block Kit's limits, as Slack checks them. https://docs.slack.dev/reference/block-kit/blocks"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.playground.errors import SlackRefusal
from bot.playground.inputs import input_problems
from bot.playground.model import Json

MAX_MESSAGE_BLOCKS = 50
MAX_VIEW_BLOCKS = 100
MAX_PAYLOAD = 13_200  # characters of all blocks together; beyond it Slack answers msg_blocks_too_long
KNOWN = frozenset(
    (
        "actions",
        "call",
        "context",
        "context_actions",
        "divider",
        "file",
        "header",
        "image",
        "input",
        "markdown",
        "rich_text",
        "section",
        "table",
        "video",
    )
)
FileCheck = Callable[[Json], bool]  # is this slack_file there and ready?


class _Checker:
    """Collects what is wrong, each with the JSON pointer that Slack gives."""

    def __init__(self, file_ready: FileCheck) -> None:
        self.file_ready = file_ready
        self.problems: list[str] = []

    def problem(self, what: str, pointer: str) -> None:
        self.problems.append(f"[ERROR] {what} [json-pointer:{pointer}]")

    def limit(self, count: int, most: int, pointer: str, of: str = "characters") -> None:
        if count > most:
            self.problem(f"must be at most {most} {of}", pointer)

    def text(self, value: Any, most: int, pointer: str, *, plain: bool = False) -> None:
        if not isinstance(value, dict) or value.get("type") not in ("mrkdwn", "plain_text"):
            self.problem("must be a text object", pointer)
            return
        if plain and value["type"] != "plain_text":
            self.problem("must be plain_text", pointer)
        text = value.get("text")
        if not isinstance(text, str) or not text:
            self.problem("must be more than 0 characters", f"{pointer}/text")
        else:
            self.limit(len(text), most, f"{pointer}/text")

    def image(self, value: Json, pointer: str) -> None:
        if not value.get("alt_text"):
            self.problem("missing required field: alt_text", pointer)
        self.limit(len(str(value.get("alt_text") or "")), 2000, f"{pointer}/alt_text")
        sources = [key for key in ("image_url", "slack_file") if value.get(key)]
        if len(sources) != 1:
            self.problem("exactly one of image_url and slack_file is required", pointer)
        elif sources == ["slack_file"]:
            file = value["slack_file"]
            if not isinstance(file, dict) or len({"id", "url"} & set(file)) != 1 or not self.file_ready(file):
                self.problem("invalid slack file", f"{pointer}/slack_file")

    def element(self, value: Any, pointer: str) -> None:
        if not isinstance(value, dict) or not isinstance(value.get("type"), str):
            self.problem("must be an element with a type", pointer)
            return
        self.limit(len(str(value.get("action_id") or "")), 255, f"{pointer}/action_id")
        if value["type"] == "button":
            self.text(value.get("text"), 75, f"{pointer}/text", plain=True)
            self.limit(len(str(value.get("value") or "")), 2000, f"{pointer}/value")
        elif value["type"] == "image":
            self.image(value, pointer)

    def elements(self, block: Json, most: int, pointer: str) -> list[Any]:
        elements = block.get("elements")
        if not isinstance(elements, list) or not elements:
            self.problem("no less than 1 items allowed", f"{pointer}/elements")
            return []
        self.limit(len(elements), most, f"{pointer}/elements", "items")
        return elements

    def section(self, block: Json, pointer: str) -> None:
        if not block.get("text") and not block.get("fields"):
            self.problem("missing required field: text", pointer)
        if block.get("text"):
            self.text(block["text"], 3000, f"{pointer}/text")
        fields = block.get("fields") or []
        self.limit(len(fields), 10, f"{pointer}/fields", "items")
        for index, entry in enumerate(fields):
            self.text(entry, 2000, f"{pointer}/fields/{index}")
        if block.get("accessory"):
            self.element(block["accessory"], f"{pointer}/accessory")

    def context(self, block: Json, pointer: str) -> None:
        for index, element in enumerate(self.elements(block, 10, pointer)):
            where = f"{pointer}/elements/{index}"
            if isinstance(element, dict) and element.get("type") == "image":
                self.image(element, where)
            else:
                self.text(element, 3000, where)

    def actions(self, block: Json, pointer: str) -> None:
        seen: set[str] = set()
        for index, element in enumerate(self.elements(block, 25, pointer)):
            self.element(element, f"{pointer}/elements/{index}")
            action = element.get("action_id") if isinstance(element, dict) else None
            if action and action in seen:
                self.problem(f"action_id already exists: {action}", f"{pointer}/elements/{index}")
            seen.add(str(action))

    def block(self, block: Any, pointer: str) -> None:
        if not isinstance(block, dict) or block.get("type") not in KNOWN:
            self.problem(
                f"unsupported type: {block.get('type') if isinstance(block, dict) else block}", pointer
            )
            return
        self.limit(len(str(block.get("block_id") or "")), 255, f"{pointer}/block_id")
        match block["type"]:
            case "section":
                self.section(block, pointer)
            case "header":
                self.text(block.get("text"), 150, f"{pointer}/text", plain=True)
            case "context":
                self.context(block, pointer)
            case "actions":
                self.actions(block, pointer)
            case "image":
                self.image(block, pointer)
            case "input":
                self.text(block.get("label"), 2000, f"{pointer}/label", plain=True)
                if block.get("hint"):
                    self.text(block["hint"], 2000, f"{pointer}/hint", plain=True)
                for what, where in input_problems(block, pointer):
                    self.problem(what, where)


def check_blocks(blocks: Any, *, most: int = MAX_MESSAGE_BLOCKS, file_ready: FileCheck) -> tuple[Json, ...]:
    """The blocks with a block_id each, as Slack hands them back. Raises SlackRefusal for wrong ones."""
    if not isinstance(blocks, list):
        raise SlackRefusal("invalid_blocks_format")
    checker = _Checker(file_ready)
    checker.limit(len(blocks), most, "/blocks", "items")
    ids = [b["block_id"] for b in blocks if isinstance(b, dict) and b.get("block_id")]
    if len(set(ids)) != len(ids):
        checker.problem("block_id already exists", "/blocks")
    for index, block in enumerate(blocks):
        checker.block(block, f"/blocks/{index}")
    if checker.problems:
        raise SlackRefusal(
            "invalid_blocks", errors=checker.problems, response_metadata={"messages": checker.problems}
        )
    if len(str(blocks)) > MAX_PAYLOAD and most == MAX_MESSAGE_BLOCKS:
        raise SlackRefusal("msg_blocks_too_long")
    return tuple(
        {**block, "block_id": block.get("block_id") or f"b{index}"} for index, block in enumerate(blocks)
    )
