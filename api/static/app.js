// The page: a client of /v1/turns.

import { el } from "./dom.js";
import { Reply } from "./reply.js";
import { giveFeedback, key, ProblemError, runTurn } from "./stream.js";
import { directionOf, EXAMPLES, languageOf, words } from "./strings.js";

const byId = (id) => document.getElementById(id);
const [form, input, send, stop, transcript, welcome] = ["composer", "input", "send", "stop", "transcript", "welcome"].map(byId);
const selects = ["role", "locale", "jurisdiction"].map(byId);
const finePointer = matchMedia("(pointer: fine)");

let threadId = null;
let running = null;

// --- one turn ---------------------------------------------------------------------------------------

async function ask(text) {
  if (running !== null || text.trim() === "") return;
  welcome.hidden = true;
  const reply = new Reply(pageLanguage(), { onAsk: ask, onRetry: () => retry(turn, text), onFeedback: giveFeedback });
  const said = el("div", { class: "said", dir: "auto" }, el("span", { class: "sr" }, `${words(pageLanguage()).you}: `), text);
  const turn = el("article", { class: "turn" }, said, reply.node);
  transcript.append(turn);
  turn.scrollIntoView({ block: "start", behavior: reducedMotion() ? "auto" : "smooth" });
  if (finePointer.matches) input.focus();
  await follow(reply, text);
}

async function follow(reply, text) {
  running = new AbortController();
  busy(true);
  try {
    await runTurn({ input: text, thread_id: threadId, context: context(), stream: true }, (name, data) => {
      if (name === "turn.started") threadId = data.thread_id;
      reply.take(name, data);
    }, running.signal);
  } catch (error) {
    reply.fail(failureOf(error));
  } finally {
    running = null;
    busy(false);
    announce(reply);
  }
}

function failureOf(error) {
  if (error instanceof ProblemError) {
    if (error.problem.code === "unknown_thread") threadId = null;
    if (error.problem.status === 401) askForKey();
    return { detail: error.problem.text || error.problem.detail || "", offline: error.problem.title === "connection" };
  }
  return error.name === "AbortError" ? { stopped: true } : { offline: true };
}

function askForKey() {
  byId("who").open = true;
  byId("key").focus();
}

function retry(turn, text) {
  turn.remove();
  ask(text);
}

function context() {
  const given = Object.fromEntries(selects.filter((select) => select.value !== "").map((select) => [select.id, select.value]));
  return { ...given, channel: "web" };
}

// Screen readers hear the decision, and urgent help at once.
function announce(reply) {
  const t = words(reply.language);
  const { result, failure } = reply.turn;
  if (result?.alternative?.urgency === "emergency") {
    const [lead] = result.alternative.sections;
    byId("alarm").textContent = `${lead.heading} ${lead.text.replaceAll(/\[\d+\]/g, "")}`;
  }
  byId("announce").textContent = result ? `${t[result.action]}. ${t.ready}` : failure?.detail || t.failed;
}

// --- the page ---------------------------------------------------------------------------------------

function pageLanguage() {
  return languageOf(byId("locale").value || navigator.language);
}

function translate() {
  const language = pageLanguage();
  const t = words(language);
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t[node.dataset.text];
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = t[node.dataset.placeholder];
  const chosen = selects.filter((select) => select.value !== "" || select.id === "role").map((select) => select.selectedOptions[0].textContent);
  byId("who-summary").textContent = chosen.join(", ");
  byId("examples").replaceChildren(
    ...EXAMPLES[language].map((text) => el("li", {}, el("button", { type: "button", class: "chip", dir: "auto", on: { click: () => ask(text) } }, text))),
  );
}

function busy(on) {
  send.hidden = on;
  stop.hidden = !on;
  if (!on) send.disabled = input.value.trim() === "";
}

function fit() {
  input.style.blockSize = "auto";
  input.style.blockSize = `${Math.min(input.scrollHeight + 2, innerHeight * 0.4)}px`;
  send.disabled = input.value.trim() === "";
}

function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function startOver() {
  running?.abort();
  threadId = null;
  for (const turn of transcript.querySelectorAll(".turn")) turn.remove();
  welcome.hidden = false;
  input.focus();
}

function submit() {
  const text = input.value;
  if (running !== null || text.trim() === "") return;
  input.value = "";
  fit();
  ask(text);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
input.addEventListener("input", fit);
input.addEventListener("keydown", (event) => {
  // While an input method composes, Enter chooses a character and must not send.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") running?.abort();
});
stop.addEventListener("click", () => running?.abort());
byId("new").addEventListener("click", startOver);
transcript.addEventListener("click", (event) => {
  const cite = event.target.closest("a.cite");
  if (cite === null) return;
  event.preventDefault();
  byId(cite.getAttribute("href").slice(1))?.focus();
});
byId("key").value = key.get();
byId("key").addEventListener("input", () => key.set(byId("key").value.trim()));
for (const select of selects) select.addEventListener("change", translate);
document.addEventListener("click", (event) => {
  if (!byId("who").contains(event.target)) byId("who").open = false;
});

translate();
fit();
