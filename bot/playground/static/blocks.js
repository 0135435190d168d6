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
  input: (block, names, act) => {
    const field = input(block.element, names);
    field.dataset.block = block.block_id;
    field.dataset.action = block.element.action_id;
    field.required = !block.optional;
    if (block.dispatch_action) field.addEventListener("change", () => act(block.element.action_id, field.value));
    return h(
      "label",
      { class: "block field" },
      h("span", {}, textObject(block.label, names), block.optional ? h("span", { class: "hint" }, " (optional)") : null),
      field,
      block.hint ? h("span", { class: "hint" }, textObject(block.hint, names)) : null,
      h("span", { class: "wrong", role: "alert", "data-wrong": block.block_id }),
    );
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
    const select = choice(item, names);
    select.setAttribute("aria-label", item.placeholder ? item.placeholder.text : "Choose");
    select.addEventListener("change", () => act(item.action_id, select.value));
    return select;
  }
  return h("span", { class: "unknown" }, `[${item.type}]`);
}

function input(item, names) {
  if (item.options || item.type === "conversations_select" || item.type === "channels_select") return choice(item, names);
  if (item.type === "file_input") {
    return h("input", { type: "file", accept: (item.filetypes || []).map((type) => `.${type}`).join(","), multiple: (item.max_files || 10) > 1 });
  }
  const properties = { value: item.initial_value || "", placeholder: item.placeholder ? item.placeholder.text : "" };
  return item.multiline ? h("textarea", properties) : h("input", { type: "text", ...properties });
}

function choice(item, names) {
  const initial = item.initial_option ? item.initial_option.value : item.initial_conversation || item.initial_channel || "";
  const options = item.options
    ? item.options.map((option) => [option.value, option.text.text])
    : Object.entries(names.channels).map(([id, title]) => [id, `# ${title}`]);
  const nothing = initial ? null : h("option", { value: "" }, item.placeholder ? item.placeholder.text : "Choose…");
  return h(
    "select",
    {},
    nothing,
    options.map(([value, text]) => h("option", { value, selected: value === initial }, text)),
  );
}

/** What Slack's `state.values` says of one field; `files` are the ids of those that were put into it. */
export function fieldValue(item, field, files) {
  const { type } = item;
  if (type === "file_input") return { type, files };
  if (type === "conversations_select") return { type, selected_conversation: field.value || null };
  if (type === "channels_select") return { type, selected_channel: field.value || null };
  if (item.options) return { type, selected_option: item.options.find((option) => option.value === field.value) || null };
  return { type, value: field.value || null };
}

function richText(part) {
  if (part.type === "link") return part.text || part.url;
  if (part.text !== undefined) return String(part.text);
  return (part.elements || []).map(richText).join("");
}
