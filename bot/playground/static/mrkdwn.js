// Slack's mrkdwn as DOM nodes.

import { h, safeAddress } from "./dom.js";

const EMOJI = {
  mag: "🔍", eyes: "👀", tada: "🎉", camera: "📷", frame_with_picture: "🖼️", warning: "⚠️", wave: "👋",
  white_check_mark: "✅", x: "❌", hourglass_flowing_sand: "⏳", hourglass: "⌛", bulb: "💡", lock: "🔒",
  star: "⭐", sparkles: "✨", bust_in_silhouette: "👤", busts_in_silhouette: "👥", information_source: "ℹ️",
  file_folder: "📁", package: "📦", shrug: "🤷", thumbsup: "👍", "+1": "👍", "-1": "👎", point_right: "👉",
};

const TOKENS = new RegExp(
  [
    "```([\\s\\S]+?)```", // 1 a block of code
    "`([^`\\n]+)`", // 2 code
    "<([^<>\\n]+)>", // 3 a mention, a channel, a link
    "(?<![\\w*])\\*([^*\\n]+)\\*(?![\\w*])", // 4 bold
    "(?<![\\w_])_([^_\\n]+)_(?![\\w_])", // 5 italic
    "(?<![\\w~])~([^~\\n]+)~(?![\\w~])", // 6 struck out
    ":([a-z0-9_+-]+):", // 7 emoji
    "(\\n)", // 8
  ].join("|"),
  "g",
);

const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

/** Nodes for `text`; `names` = {people: {id: {name}}, channels: {id: title}, me}. */
export function mrkdwn(text, names) {
  const nodes = [];
  let end = 0;
  for (const match of String(text).matchAll(TOKENS)) {
    if (match.index > end) nodes.push(plain(text.slice(end, match.index)));
    nodes.push(token(match, names));
    end = match.index + match[0].length;
  }
  if (end < text.length) nodes.push(plain(text.slice(end)));
  return nodes;
}

function token(match, names) {
  const [whole, block, code, reference, bold, italic, struck, emoji, line] = match;
  if (block !== undefined) return h("pre", {}, h("code", {}, plain(block.replace(/^\n/, ""))));
  if (code !== undefined) return h("code", {}, plain(code));
  if (reference !== undefined) return refer(reference, names);
  if (bold !== undefined) return h("strong", {}, mrkdwn(bold, names));
  if (italic !== undefined) return h("em", {}, mrkdwn(italic, names));
  if (struck !== undefined) return h("s", {}, mrkdwn(struck, names));
  if (emoji !== undefined) return EMOJI[emoji] || whole;
  return line === undefined ? plain(whole) : h("br");
}

function refer(reference, names) {
  const bar = reference.indexOf("|");
  const target = bar < 0 ? reference : reference.slice(0, bar);
  const label = bar < 0 ? "" : plain(reference.slice(bar + 1));
  if (target.startsWith("@")) {
    const person = names.people[target.slice(1)];
    const mine = target.slice(1) === names.me ? " mine" : "";
    return h("span", { class: `mention${mine}` }, `@${person ? person.name : label || target.slice(1)}`);
  }
  if (target.startsWith("#")) {
    return h("span", { class: "mention" }, `#${names.channels[target.slice(1)] || label || target.slice(1)}`);
  }
  if (target.startsWith("!date^")) return label || target;
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${label || target.slice(1)}`);
  const address = safeAddress(plain(target));
  if (!address) return label || plain(target);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label || plain(target));
}

/** Nodes for one of Block Kit's text objects. */
export function textObject(object, names) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, names);
  return [String(object.text).replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] || whole)];
}
