// The text of a reply as blocks: what is declined and why, sections of the alternative, code, and paragraphs.

import { el } from "./dom.js";

// Every word of the text is in exactly one block, in order.
export function blocksOf(text, rationale, alternative) {
  const sections = new Map((alternative?.sections ?? []).map((section, index) => [section.heading, index]));
  const why = rationale?.declined ? rationale.reason : null;
  const blocks = [];
  const fence = /```[^\n]*\n([\s\S]*?)(?:\n```|$)/g;
  let start = 0;
  for (const match of text.matchAll(fence)) {
    blocks.push(...paragraphs(text.slice(start, match.index), sections, why));
    blocks.push({ kind: "code", text: match[1] });
    start = match.index + match[0].length;
  }
  return [...blocks, ...paragraphs(text.slice(start), sections, why)];
}

function paragraphs(text, sections, why) {
  const found = [];
  for (const block of text.split(/\n{2,}/)) {
    const trimmed = block.trim();
    if (trimmed === "") continue;
    const lines = trimmed.split("\n");
    if (sections.has(lines[0])) found.push({ kind: "section", index: sections.get(lines[0]), heading: lines[0], lines: lines.slice(1) });
    else if (why !== null && trimmed.endsWith(why)) found.push({ kind: "why", text: trimmed });
    else found.push({ kind: "text", lines });
  }
  return found;
}

// The document and the section of it that is cited.
export function sourceName(citation) {
  return citation.heading ? `${citation.title}: ${citation.heading}` : citation.title;
}

// A line with its citation marks as links to the sources, and the little markup that models use.
export function inline(line, cited, sourceId) {
  const pattern = /\[(\d{1,3})\]|\*\*([^*\n]+)\*\*|`([^`\n]+)`/g;
  const nodes = [];
  let start = 0;
  for (const match of line.matchAll(pattern)) {
    const node = marked(match, cited, sourceId);
    if (node === null) continue;
    // A mark must not begin a line: the space before it does not break.
    nodes.push(line.slice(start, match.index).replace(/ $/, "\u00a0"), node);
    start = match.index + match[0].length;
  }
  return [...nodes, line.slice(start)];
}

function marked(match, cited, sourceId) {
  if (match[1] !== undefined) {
    const citation = cited.get(Number(match[1]));
    if (citation === undefined) return null;
    const label = `${sourceName(citation)}, ${citation.publisher}`;
    return el("a", { class: "cite", href: `#${sourceId(citation.n)}`, title: label, "aria-label": `[${citation.n}] ${label}` }, String(citation.n));
  }
  return match[2] !== undefined ? el("strong", {}, match[2]) : el("code", {}, match[3]);
}
