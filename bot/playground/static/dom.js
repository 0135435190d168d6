// Builds elements without ever parsing text as HTML: file names and messages stay text.

/** An element with properties, attributes (names with a dash) and children; null children are left out. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") element.className = value;
    else if (key.includes("-") || key === "role") element.setAttribute(key, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element[key] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** The value as an address to link to, or null when it is of another kind than the web's or mail's. */
export function safeAddress(value) {
  return /^(https?:|mailto:)/i.test(value) ? value : null;
}
