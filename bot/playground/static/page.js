// The page: asks for the state, draws it, sends what is typed.

import { renderBlocks } from "./blocks.js";
import { drawModal } from "./modal.js";
import { h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { suggest } from "./suggest.js";

const HOME = "home"; // the app's Home tab, among the conversations
const $ = (id) => document.getElementById(id);
const look = { me: sessionStorage.getItem("me") || "", channel: location.hash.slice(1), thread: null, closed: new Set() };
let state = null;
let names = null;
let seen = {};
let waiting = null; // the request that waits for news

// Talking to the playground

async function post(path, body) {
  const form = body instanceof FormData;
  const headers = { "X-Playground": "1", ...(form ? {} : { "Content-Type": "application/json" }) };
  const answer = await fetch(path, { method: "POST", headers, body: form ? body : JSON.stringify(body) });
  return answer.json();
}

async function listen() {
  let version = -1;
  for (;;) {
    waiting = new AbortController();
    try {
      const query = new URLSearchParams({ as: look.me, version });
      const answer = await fetch(`/page/state?${query}`, { signal: waiting.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      state = await answer.json();
      version = state.version;
      document.body.classList.remove("away");
      draw();
    } catch (error) {
      version = -1;
      if (error.name === "AbortError") continue;
      document.body.classList.add("away");
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

// Drawing

function draw() {
  look.me = state.me;
  names = {
    me: state.me,
    people: state.people,
    channels: Object.fromEntries(state.channels.map((channel) => [channel.id, channel.title])),
  };
  if (look.channel !== HOME && !names.channels.hasOwnProperty(look.channel)) look.channel = state.channels[0]?.id || HOME;
  drawPeople();
  drawChannels();
  drawMain();
  drawThread();
  drawModal(state.modals.at(-1), names, look.me, post);
}

function drawPeople() {
  const able = Object.entries(state.people).filter(([, person]) => person.can_type);
  const options = able.map(([id, person]) => h("option", { value: id, selected: id === state.me }, person.real_name));
  if ($("me").childElementCount !== options.length || $("me").value !== state.me) $("me").replaceChildren(...options);
}

const SIGN = { public: "#", dm: "•", group_dm: "••" };
const ICON = { private: "lock", app: "house" };

function drawChannels() {
  const groups = [
    ["Channels", state.channels.filter((c) => c.kind === "public" || c.kind === "private")],
    ["Direct messages", state.channels.filter((c) => (c.kind === "dm" && !c.app) || c.kind === "group_dm")],
    ["Apps", [
      ...state.channels.filter((c) => c.app),
      ...(state.app.home ? [{ id: HOME, kind: "app", title: `${state.app.name} · Home` }] : []),
    ]],
  ];
  const focused = document.activeElement?.dataset?.channel;
  $("channels").replaceChildren(
    ...groups.filter(([, list]) => list.length).map(([title, list]) =>
      h("section", {}, h("h2", {}, title), h("ul", {}, list.map((channel) => h("li", {}, channelButton(channel))))),
    ),
  );
  if (focused) document.querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
}

function channelButton(channel) {
  const count = (state.messages[channel.id] || []).length;
  if (channel.id === look.channel) seen[channel.id] = count;
  const news = count > (seen[channel.id] ?? 0);
  return h(
    "button",
    {
      type: "button",
      class: `channel${news ? " news" : ""}`,
      "data-channel": channel.id,
      "aria-current": channel.id === look.channel ? "true" : null,
      onclick: () => go(channel.id),
    },
    h("span", { class: "sign", "aria-hidden": "true" },
      SIGN[channel.kind] || h("span", { class: `icon ${ICON[channel.kind]}` })),
    h("span", {}, channel.title),
    news ? h("span", { class: "hidden" }, " (new messages)") : null,
  );
}

function drawMain() {
  const home = look.channel === HOME;
  const channel = state.channels.find((c) => c.id === look.channel);
  $("title").textContent = home ? `${state.app.name} · Home` : `${channel.kind === "public" ? "# " : ""}${channel.title}`;
  $("about").textContent = home ? "What the app shows on its Home tab" : describe(channel);
  $("composer").hidden = home || channel.archived;
  if (home) return drawHome();
  const command = state.commands[0] || { name: "/findme" };
  $("text").placeholder = `Message ${channel.title}, or try ${command.name} @someone`;
  const messages = state.messages[channel.id].filter((m) => !m.thread_ts || m.ephemeral);
  fill($("messages"), messages, channel.id, true, empty(channel, command));
}

function describe(channel) {
  if (channel.app) return "Send it a photo to search with";
  const people = `${channel.members} ${channel.members === 1 ? "member" : "members"}`;
  const there = channel.bot ? `${state.app.name} is here` : `${state.app.name} is not a member`;
  return `${people} · ${there}${channel.archived ? " · archived" : ""}`;
}

function empty(channel, command) {
  return h("div", { class: "empty" },
    h("p", { class: "large" }, "Nothing here yet"),
    h("p", {}, "Type ", h("code", {}, `${command.name} @someone`), " below and press Enter.",
      channel.bot ? "" : ` ${state.app.name} is not a member of this conversation, so it may answer elsewhere.`));
}

function drawHome() {
  const view = state.home;
  const box = $("messages");
  box.dataset.channel = HOME;
  box.replaceChildren(
    view
      ? h("div", { class: "home" }, renderBlocks(view.view.blocks, names, (action_id, value) =>
          post("/page/click", { as: look.me, view: view.id, action_id, value })))
      : h("div", { class: "empty" }, h("p", { class: "large" }, "The app has shown nothing here yet")),
  );
}

/** Puts messages into a list, keeping the elements of those that have not changed. */
function fill(box, messages, channel, withThreads, whenEmpty) {
  // A conversation is read from its end, a thread from its beginning, where the best photos are.
  const moved = box.dataset.channel !== channel;
  const atEnd = moved || box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  box.dataset.channel = channel;
  const known = moved ? new Map() : new Map([...box.children].map((child) => [child.dataset.ts, child]));
  const before = box.childElementCount;
  const wanted = messages.map((message) => {
    const replies = withThreads ? repliesOf(channel, message.ts) : [];
    const key = JSON.stringify([message, replies.length, replies.at(-1)?.ts, names.people[message.user], look.me]);
    const old = known.get(message.ts);
    return old && old.dataset.key === key ? old : messageElement(message, channel, replies, key);
  });
  const next = wanted.length ? wanted : [whenEmpty];
  if (next.length !== box.childElementCount || next.some((child, index) => child !== box.children[index])) {
    box.replaceChildren(...next);
  }
  if (withThreads && (atEnd || before === 0)) box.scrollTop = box.scrollHeight;
  else if (moved) box.scrollTop = 0;
}

const repliesOf = (channel, ts) => state.messages[channel].filter((m) => m.thread_ts === ts && !m.ephemeral);

function messageElement(message, channel, replies, key) {
  const author = names.people[message.user] || { real_name: message.user, avatar: "", app: true };
  const when = new Date(Number(message.ts) * 1000);
  const act = (action_id, value) =>
    post("/page/click", { as: look.me, channel, ts: message.ts, action_id, value });
  return h(
    "article",
    { class: `message${message.ephemeral ? " ephemeral" : ""}`, "data-ts": message.ts, "data-key": key },
    h("img", { class: "avatar", src: author.avatar, alt: "" }),
    h(
      "div",
      { class: "body" },
      message.ephemeral ? h("p", { class: "only" }, "Only visible to you") : null,
      h("p", { class: "who" },
        h("strong", {}, author.real_name),
        author.app ? h("span", { class: "badge" }, "APP") : null,
        h("time", { dateTime: when.toISOString() }, when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
        message.edited ? h("span", { class: "edited" }, "(edited)") : null),
      message.blocks.length
        ? h("div", { class: "blocks" }, renderBlocks(message.blocks, names, act))
        : h("div", { class: "text" }, mrkdwn(message.text, names)),
      message.files.length ? h("div", { class: "files" }, message.files.map(fileElement)) : null,
      Object.keys(message.reactions).length
        ? h("p", { class: "reactions" }, Object.entries(message.reactions).map(([name, count]) =>
            h("span", {}, mrkdwn(`:${name}: ${count}`, names))))
        : null,
      replies.length ? threadButton(message, replies) : null,
    ),
  );
}

function fileElement(file) {
  const address = `/page/file/${encodeURIComponent(file.id)}`;
  if (!file.picture) {
    return h("a", { class: "document", href: address, download: file.name }, file.name, ` (${file.size} bytes)`);
  }
  return h(
    "figure",
    { class: "photo" },
    h("a", { href: address, target: "_blank", rel: "noopener" },
      h("img", { src: address, alt: file.alt, loading: "lazy" })),
    h("figcaption", {}, h("span", { class: "title" }, file.title), file.title === file.name ? null : h("span", { class: "name" }, file.name)),
  );
}

function threadButton(message, replies) {
  const photos = replies.reduce((sum, reply) => sum + reply.files.filter((f) => f.picture).length, 0);
  const count = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  return h(
    "button",
    { type: "button", class: "replies", onclick: () => openThread(message.ts) },
    h("strong", {}, count),
    photos ? h("span", {}, `${photos} ${photos === 1 ? "photo" : "photos"}`) : null,
    h("span", { class: "view", "aria-hidden": "true" }, "View thread ›"),
  );
}

function drawThread() {
  if (look.channel === HOME) look.thread = null;
  else openNewThread();
  const parent = look.thread && state.messages[look.channel].find((m) => m.ts === look.thread);
  $("thread").hidden = !parent;
  document.body.classList.toggle("with-thread", Boolean(parent));
  if (!parent) return;
  const replies = repliesOf(look.channel, look.thread);
  $("thread-about").textContent = $("title").textContent;
  $("replies").dataset.channel = $("replies").dataset.thread === look.thread ? look.channel : "";
  $("replies").dataset.thread = look.thread;
  fill($("replies"), [parent, ...replies], look.channel, false, h("p"));
}

/** Opens the newest thread by itself, once, so that an answer is seen when it comes. */
function openNewThread() {
  const parents = state.messages[look.channel].filter((m) => !m.thread_ts && repliesOf(look.channel, m.ts).length);
  const newest = parents.at(-1);
  if (newest && !look.closed.has(newest.ts) && innerWidth > 900) {
    look.closed.add(newest.ts);
    look.thread = newest.ts;
  }
}

function openThread(ts) {
  look.thread = ts;
  drawThread();
  $("reply-text").focus();
}

// What people do

function go(channel) {
  look.channel = channel;
  look.thread = null;
  history.replaceState(null, "", `#${channel}`);
  draw();
  if (channel === HOME) post("/page/home", { as: look.me });
  else $("text").focus();
}

function send(text, { files = [], thread = "" } = {}) {
  const form = new FormData();
  for (const [key, value] of Object.entries({ as: look.me, channel: look.channel, text, thread_ts: thread })) {
    form.append(key, value);
  }
  for (const file of files) form.append("file", file, file.name);
  return post("/page/send", form);
}

let attached = [];

function attach(files) {
  attached = files;
  $("attached").hidden = !files.length;
  $("attached").replaceChildren(...files.map((file) =>
    h("li", {}, file.name,
      h("button", { type: "button", "aria-label": `Remove ${file.name}`, onclick: () => attach(attached.filter((f) => f !== file)) }, "✕"))));
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text && !attached.length) return;
  send(text, { files: attached });
  $("text").value = "";
  attach([]);
});
$("reply").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("reply-text").value.trim();
  if (text) send(text, { thread: look.thread });
  $("reply-text").value = "";
});
$("file").addEventListener("change", (event) => {
  attach([...attached, ...event.target.files]);
  event.target.value = "";
  $("text").focus();
});
$("me").addEventListener("change", (event) => {
  look.me = event.target.value;
  look.thread = null;
  look.closed.clear();
  seen = {};
  sessionStorage.setItem("me", look.me);
  waiting?.abort();
});
function closeThread() {
  look.thread = null;
  drawThread();
  $("text").focus();
}
$("close-thread").addEventListener("click", closeThread);
$("thread").addEventListener("keydown", (event) => event.key === "Escape" && closeThread());
suggest($("text"), $("suggestions"), (sign) => {
  if (sign === "/") return state.commands.map((c) => ({ value: c.name, label: [c.hint, c.description].filter(Boolean).join(" · ") }));
  if (sign === "#") {
    return state.channels.filter((c) => c.kind === "public" || c.kind === "private")
      .map((c) => ({ value: `#${c.title}`, label: "" }));
  }
  return Object.values(state.people).filter((p) => p.mentionable && !p.deleted)
    .map((p) => ({ value: `@${p.name}`, label: p.real_name }));
});

listen();
