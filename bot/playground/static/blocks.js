// Block Kit as DOM nodes: section, header, context, image, divider, actions, input, rich_text's plain parts.

import { h, safeAddress } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** Elements for `blocks`; `act(action_id, value)` is called when somebody presses or picks. */
export function renderBlocks(blocks, names, act) {
  return blocks.map((block) => {
    const render = RENDER[block.type];
    return render ? render(block, names, act) : h("p", { class: "unknown" }, `[${block.type}]`);
  });
}

const RENDER = {
  section: (block, names, act) =>
    h(
      "div",
      { class: "block section" },
      h(
        "div",
        {},
        block.text ? h("div", {}, textObject(block.text, names)) : null,
        block.fields
          ? h("div", { class: "fields" }, block.fields.map((field) => h("div", {}, textObject(field, names))))
          : null,
      ),
      block.accessory ? element(block.accessory, names, act) : null,
    ),
  header: (block, names) => h("h3", { class: "block header" }, textObject(block.text, names)),
  context: (block, names) =>
    h(
      "div",
      { class: "block context" },
      block.elements.map((item) =>
        item.type === "image" ? picture(item, "small") : h("span", {}, textObject(item, names)),
      ),
    ),
  divider: () => h("hr", { class: "block" }),
  image: (block, names) =>
    h(
      "figure",
      { class: "block" },
      picture(block, "large"),
      block.title ? h("figcaption", {}, textObject(block.title, names)) : null,
    ),
  actions: (block, names, act) =>
    h("div", { class: "block actions" }, block.elements.map((item) => element(item, names, act))),
  input: (block, names) => {
    const field = input(block.element);
    field.dataset.block = block.block_id;
    field.dataset.action = block.element.action_id;
    field.required = !block.optional;
    return h("label", { class: "block field" }, textObject(block.label, names), field);
  },
  rich_text: (block) => h("p", { class: "block" }, richText(block)),
  markdown: (block, names) => h("div", { class: "block" }, textObject({ type: "mrkdwn", text: block.text }, names)),
};

function picture(item, size) {
  const source = item.slack_file
    ? `/page/file/${encodeURIComponent(item.slack_file.id || item.slack_file.url.split("/").at(-2).split("-").at(-1))}`
    : safeAddress(item.image_url);
  return h("img", { class: `picture ${size}`, src: source || "", alt: item.alt_text, loading: "lazy" });
}

function element(item, names, act) {
  if (item.type === "image") return picture(item, "medium");
  if (item.type === "button" && item.url) {
    return h("a", { class: "button", href: safeAddress(item.url) || "#", target: "_blank", rel: "noopener noreferrer" },
      textObject(item.text, names));
  }
  if (item.type === "button") {
    return h(
      "button",
      {
        class: `button ${item.style || ""}`,
        type: "button",
        "aria-label": item.accessibility_label,
        onclick: () => act(item.action_id, item.value ?? null),
      },
      textObject(item.text, names),
    );
  }
  if (item.options) {
    const select = input(item);
    select.addEventListener("change", () => act(item.action_id, select.value));
    return select;
  }
  return h("span", { class: "unknown" }, `[${item.type}]`);
}

function input(item) {
  if (item.options) {
    const initial = item.initial_option && item.initial_option.value;
    return h(
      "select",
      { "aria-label": item.placeholder ? item.placeholder.text : "Choose" },
      item.options.map((option) =>
        h("option", { value: option.value, selected: option.value === initial }, option.text.text),
      ),
    );
  }
  const properties = { value: item.initial_value || "", placeholder: item.placeholder ? item.placeholder.text : "" };
  return item.multiline ? h("textarea", properties) : h("input", { type: "text", ...properties });
}

function richText(part) {
  if (part.type === "link") return part.text || part.url;
  if (part.text !== undefined) return String(part.text);
  return (part.elements || []).map(richText).join("");
}
