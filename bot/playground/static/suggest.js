// Suggestions while typing: /commands at the beginning, @people and #channels anywhere.

import { h } from "./dom.js";

/** Watches `field`, shows choices in `box`; `choices(kind)` gives [{value, label, hint}]. */
export function suggest(field, box, choices) {
  let shown = [];
  let active = 0;

  const close = () => {
    shown = [];
    box.hidden = true;
    field.removeAttribute("aria-activedescendant");
  };

  const take = (choice) => {
    const before = field.value.slice(0, field.selectionStart).replace(/(\S*)$/, `${choice.value} `);
    const after = field.value.slice(field.selectionStart);
    field.value = before + after;
    field.setSelectionRange(before.length, before.length);
    close();
    field.focus();
  };

  const draw = () => {
    box.hidden = shown.length === 0;
    box.replaceChildren(
      ...shown.map((choice, index) =>
        h(
          "div",
          {
            id: `choice-${index}`,
            class: "choice",
            role: "option",
            "aria-selected": String(index === active),
            onmousedown: (event) => {
              event.preventDefault();
              take(choice);
            },
          },
          h("strong", {}, choice.value),
          h("span", {}, choice.label),
        ),
      ),
    );
    if (shown.length) field.setAttribute("aria-activedescendant", `choice-${active}`);
  };

  field.addEventListener("input", () => {
    const word = /(\S*)$/.exec(field.value.slice(0, field.selectionStart))[1];
    const starts = word[0] === "/" && word.length === field.selectionStart;
    if (!starts && word[0] !== "@" && word[0] !== "#") return close();
    const wanted = word.toLowerCase();
    shown = choices(word[0]).filter((c) => c.value.toLowerCase().startsWith(wanted) && c.value !== word).slice(0, 6);
    active = 0;
    draw();
  });
  field.addEventListener("keydown", (event) => {
    if (box.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) active = (active + step + shown.length) % shown.length;
    else if (event.key === "Tab" || (event.key === "Enter" && !event.isComposing)) take(shown[active]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    draw();
  });
  field.addEventListener("blur", close);
}
