"""Input blocks of a modal: Slack's limits on them, and what a person has put into them.

https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.playground.errors import PlaygroundError
from bot.playground.model import Json

MOST_OPTIONS = 100
OPTION_TEXT, OPTION_VALUE = 75, 150  # characters
MOST_FILES = 10
ELEMENTS = frozenset(
    (
        *("plain_text_input", "static_select", "radio_buttons", "checkboxes"),
        *("conversations_select", "channels_select", "users_select", "file_input"),
    )
)


def input_problems(block: Json, pointer: str) -> Iterator[tuple[str, str]]:
    """What Slack refuses about an input block's element, each with its JSON pointer."""
    element = block.get("element")
    where = f"{pointer}/element"
    if not isinstance(element, dict) or element.get("type") not in ELEMENTS:
        kind = element.get("type") if isinstance(element, dict) else element
        yield f"unsupported type: {kind}", f"{where}/type"
        return
    if not element.get("action_id"):
        yield "missing required field: action_id", where
    if element["type"] in ("static_select", "radio_buttons", "checkboxes"):
        yield from _option_problems(element, where)
    if element["type"] == "file_input" and not 1 <= int(element.get("max_files", MOST_FILES)) <= MOST_FILES:
        yield f"must be between 1 and {MOST_FILES}", f"{where}/max_files"


def _option_problems(element: Json, pointer: str) -> Iterator[tuple[str, str]]:
    options = element.get("options")
    if not isinstance(options, list) or not 1 <= len(options) <= MOST_OPTIONS:
        yield f"must have 1 to {MOST_OPTIONS} items", f"{pointer}/options"
        return
    for place, option in enumerate(options):
        text = str((option.get("text") or {}).get("text") or "")
        if not 0 < len(text) <= OPTION_TEXT:
            yield f"must be 1 to {OPTION_TEXT} characters", f"{pointer}/options/{place}/text/text"
        if not 0 < len(str(option.get("value") or "")) <= OPTION_VALUE:
            yield f"must be 1 to {OPTION_VALUE} characters", f"{pointer}/options/{place}/value"
    initial = element.get("initial_option")
    if initial is not None and initial not in options:
        yield "must be one of the options", f"{pointer}/initial_option"


def state_values(view: Json, given: Json, shape_of_file: Callable[[str], Json | None]) -> Json:
    """`state.values` of a view: what was given, and what the other fields begin with."""
    values: Json = {}
    for block in view.get("blocks", []):
        if block.get("type") != "input":
            continue
        element = block["element"]
        entered = (given.get(block["block_id"]) or {}).get(element["action_id"])
        value = {"type": element["type"], **(entered or _initial(element))}
        if element["type"] == "file_input":
            shapes = (shape_of_file(str(file.get("id"))) for file in value.get("files") or [])
            value["files"] = [shape for shape in shapes if shape is not None]
        values[block["block_id"]] = {element["action_id"]: value}
    return values


def check_required(view: Json, values: Json) -> None:
    """Raises PlaygroundError for an empty field that is not optional: Slack does not send such a form."""
    for block in view.get("blocks", []):
        if block.get("type") != "input" or block.get("optional"):
            continue
        (value,) = values[block["block_id"]].values()
        if not any(content for key, content in value.items() if key != "type"):
            raise PlaygroundError(f"Slack asks to fill in the field {block['block_id']!r} first.")


def _initial(element: Json) -> Json:
    kind = element["type"]
    if kind in ("file_input", "checkboxes"):
        return {"files": []} if kind == "file_input" else {"selected_options": []}
    value, initial = {
        "plain_text_input": ("value", "initial_value"),
        "static_select": ("selected_option", "initial_option"),
        "radio_buttons": ("selected_option", "initial_option"),
        "conversations_select": ("selected_conversation", "initial_conversation"),
        "channels_select": ("selected_channel", "initial_channel"),
        "users_select": ("selected_user", "initial_user"),
    }[kind]
    return {value: element.get(initial)}
