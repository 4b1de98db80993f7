// The documentation of the interface, drawn from /openapi.json. Nothing is loaded from elsewhere.

import { el } from "./dom.js";

const byId = (id) => document.getElementById(id);

function nameOf(ref) {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return el("a", { href: `#type-${nameOf(schema.$ref)}` }, nameOf(schema.$ref));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return joined(choices.map(typeOf), " or ");
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.const !== undefined) return String(schema.const);
  if (schema.type === "array") return el("span", {}, "list of ", typeOf(schema.items) || "values");
  if (schema.type === "object" && typeof schema.additionalProperties === "object") return el("span", {}, "map to ", typeOf(schema.additionalProperties));
  return schema.type ?? "any";
}

// Paragraphs of a description, with what stands between backticks as code.
function prose(text) {
  return text.trim().split(/\n{2,}/).filter(Boolean).map((paragraph) => el("p", {}, ticked(paragraph.replaceAll("\n", " "))));
}

function ticked(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

function joined(nodes, between) {
  return el("span", {}, nodes.flatMap((node, index) => (index ? [between, node] : [node])));
}

function fields(schema) {
  const properties = Object.entries(schema.properties ?? {});
  if (!properties.length) return schema.enum ? el("p", {}, schema.enum.join(", ")) : null;
  const required = new Set(schema.required ?? []);
  const rows = properties.map(([name, property]) =>
    el("tr", {}, el("td", {}, el("code", {}, name), required.has(name) ? " *" : ""), el("td", {}, typeOf(property)), el("td", {}, ticked(property.description ?? ""))),
  );
  return el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, "field"), el("th", {}, "type"), el("th", {}, "meaning"))), el("tbody", {}, rows));
}

function answers(responses) {
  const rows = Object.entries(responses).map(([status, response]) =>
    el(
      "tr",
      {},
      el("td", {}, status),
      el("td", {}, joined(Object.entries(response.content ?? {}).map(([media, { schema }]) => el("span", {}, el("code", {}, media), " ", schema?.$ref ? typeOf(schema) : ticked(schema?.description ?? ""))), ", ")),
      el("td", {}, response.description ?? ""),
    ),
  );
  return el("table", {}, el("tbody", {}, rows));
}

function operation(path, method, spec) {
  const body = spec.requestBody?.content?.["application/json"]?.schema;
  return el(
    "details",
    { class: "item" },
    el("summary", {}, el("span", { class: "method" }, method.toUpperCase()), el("code", {}, path), ` ${spec.summary ?? ""}`),
    prose(spec.description ?? ""),
    body ? el("p", {}, "Body: ", typeOf(body)) : null,
    answers(spec.responses ?? {}),
  );
}

function type(name, schema) {
  return el("details", { class: "item", id: `type-${name}` }, el("summary", {}, el("code", {}, name)), prose(schema.description ?? ""), fields(schema));
}

function openTarget() {
  const target = location.hash ? byId(decodeURIComponent(location.hash.slice(1))) : null;
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
}

function showExample() {
  byId("curl").textContent = [
    `curl -N ${location.origin}/v1/turns \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '{"input": "What dose of ibuprofen can I give my 3-year-old?", "stream": true}'`,
  ].join("\n");
}

const EVENTS = {
  "turn.started": "TurnStarted",
  "risk.assessed": "RiskAssessed",
  "policy.decided": "PolicyDecided",
  "retrieval.completed": "RetrievalCompleted",
  "message.delta": "MessageDelta",
  "message.held": "MessageHeld",
  "message.replaced": "MessageReplaced",
  "message.completed": "MessageCompleted",
  "case.opened": "CaseOpened",
  "turn.completed": "TurnCompleted",
  "turn.failed": "TurnFailed",
};

async function show() {
  const document_ = await (await fetch("/openapi.json")).json();
  const { info, paths, components } = document_;
  byId("version").textContent = info.version;
  byId("about").textContent = info.description;
  showExample();
  byId("operations").append(...Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, spec]) => operation(path, method, spec))));
  byId("events").append(
    el(
      "table",
      {},
      el("tbody", {}, Object.entries(EVENTS).map(([name, model]) => el("tr", {}, el("td", {}, el("code", {}, name)), el("td", {}, typeOf({ $ref: `/${model}` })), el("td", {}, ticked((components.schemas[model]?.description ?? "").trim()))))),
    ),
  );
  byId("schemas").append(...Object.entries(components.schemas).sort().map(([name, schema]) => type(name, schema)));
  openTarget();
}

addEventListener("hashchange", openTarget);
show();
