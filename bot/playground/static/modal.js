// The dialog of a modal view: its fields, what is wrong with them, and what was typed before the app changed it.

import { fieldValue, renderBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** Shows the topmost modal, or none; `post` talks to the playground. */
export function drawModal(modal, names, me, post) {
  const dialog = document.getElementById("modal");
  const key = modal ? JSON.stringify(modal) : "";
  if (dialog.dataset.key === key) return;
  const same = modal && dialog.dataset.view === modal.id;
  dialog.dataset.key = key;
  dialog.dataset.view = modal ? modal.id : "";
  if (!modal) return dialog.close();
  const typed = same ? entries(dialog) : {};
  const view = modal.view;
  const act = (action_id, value) =>
    post("/page/click", { as: me, view: modal.id, action_id, value, values: values(dialog, view, {}) });
  const dismiss = () => post("/page/dismiss", { view: modal.id });
  const label = (object, fallback) => (object ? textObject(object, names) : fallback);
  dialog.replaceChildren(
    h("form", { method: "dialog", onsubmit: (event) => submit(event, dialog, modal, me, post) },
      h("h2", { id: "modal-title" }, label(view.title, "")),
      renderBlocks(view.blocks, names, act),
      h("div", { class: "block actions end" },
        h("button", { type: "button", class: "button", onclick: dismiss }, label(view.close, "Cancel")),
        view.submit ? h("button", { type: "submit", class: "button primary" }, label(view.submit, "")) : null)),
  );
  for (const field of fields(dialog)) {
    const before = typed[`${field.dataset.block}/${field.dataset.action}`];
    if (before && field.type !== "file") field.value = before;
  }
  dialog.oncancel = dismiss;
  if (!dialog.open) dialog.showModal();
}

const fields = (dialog) => dialog.querySelectorAll("[data-action]");

const entries = (dialog) =>
  Object.fromEntries([...fields(dialog)].map((field) => [`${field.dataset.block}/${field.dataset.action}`, field.value]));

function values(dialog, view, files) {
  const found = {};
  for (const field of fields(dialog)) {
    const item = view.blocks.find((block) => block.block_id === field.dataset.block).element;
    found[field.dataset.block] = { [field.dataset.action]: fieldValue(item, field, files[field.dataset.block] || []) };
  }
  return found;
}

async function submit(event, dialog, modal, me, post) {
  event.preventDefault();
  const files = {};
  for (const field of fields(dialog)) {
    if (field.type === "file" && field.files.length) files[field.dataset.block] = await upload(field.files, me, post);
  }
  const { answer } = await post("/page/submit", { as: me, view: modal.id, values: values(dialog, modal.view, files) });
  const errors = (answer && answer.response_action === "errors" && answer.errors) || {};
  for (const place of dialog.querySelectorAll("[data-wrong]")) place.textContent = errors[place.dataset.wrong] || "";
}

async function upload(chosen, me, post) {
  const form = new FormData();
  form.append("as", me);
  for (const file of chosen) form.append("file", file, file.name);
  return (await post("/page/upload", form)).files;
}
