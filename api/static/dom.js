// Building elements. Text goes in as text nodes only: nothing that came over the wire is ever parsed as markup.

export function el(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

// A link that can only lead to a web page.
export function link(url, text, options = {}) {
  let parsed = null;
  try {
    parsed = new URL(url);
  } catch {
    parsed = null;
  }
  if (parsed === null || !["https:", "http:"].includes(parsed.protocol)) return el("span", options, text);
  return el("a", { ...options, href: parsed.href, target: "_blank", rel: "noopener noreferrer" }, text);
}
