// One reply: drawn anew from what is known of the turn so far.

import { el, link } from "./dom.js";
import { blocksOf, inline, sourceName } from "./text.js";
import { directionOf, words } from "./strings.js";

const ICONS = { answer: "✓", answer_with_care: "✓", guide: "→", refuse: "✕", escalate: "☎" };

let counter = 0;

export class Reply {
  constructor(language, { onAsk, onRetry, onFeedback }) {
    this.key = `turn-${++counter}`;
    this.turn = { text: "" };
    this.fallbackLanguage = language;
    this.onAsk = onAsk;
    this.onRetry = onRetry;
    this.onFeedback = onFeedback;
    this.node = el("section", { class: "reply", "aria-busy": "true" });
    this.draw();
  }

  get language() {
    return this.turn.decided?.rationale.language ?? this.fallbackLanguage;
  }

  get action() {
    return this.turn.result?.action ?? this.turn.decided?.action ?? null;
  }

  // Takes in one event of the turn.
  take(name, data) {
    const turn = this.turn;
    if (name === "turn.started") turn.started = data;
    else if (name === "risk.assessed") turn.risk = data;
    else if (name === "policy.decided") turn.decided = data;
    else if (name === "retrieval.completed") turn.retrieval = data;
    else if (name === "case.opened") turn.case = data;
    else if (name === "message.delta") turn.text += data.text;
    else if (name === "message.replaced") turn.text = spliced(turn.text, data);
    else if (name === "message.held") turn.held = data;
    else if (name === "message.completed") Object.assign(turn, { text: data.text, citations: data.citations });
    else if (name === "turn.completed") turn.result = data.result;
    else if (name === "turn.failed") turn.failure = { detail: data.text, code: data.code };
    this.schedule();
  }

  fail(failure) {
    this.turn.failure = failure;
    this.schedule();
  }

  get finished() {
    return Boolean(this.turn.result || this.turn.failure);
  }

  schedule() {
    if (this.finished) {
      this.draw();
    } else if (!this.pending) {
      this.pending = requestAnimationFrame(() => this.draw());
    }
  }

  draw() {
    cancelAnimationFrame(this.pending);
    this.pending = null;
    const t = words(this.language);
    this.node.dataset.action = this.action ?? "";
    this.node.dataset.urgency = this.turn.result?.alternative?.urgency ?? "";
    this.node.dir = directionOf(this.language);
    this.node.lang = this.language;
    this.node.setAttribute("aria-label", t.reply);
    this.node.setAttribute("aria-busy", String(!this.finished));
    this.node.replaceChildren(...[this.verdict(t), this.progress(t), this.body(t), ...this.after(t)].filter(Boolean));
  }

  // --- parts, top to bottom ---------------------------------------------------------------------

  verdict(t) {
    const { risk, failure } = this.turn;
    if (this.action === null) return null;
    // Somebody in distress is not shown how they were classified; it is under the details.
    const shown = this.action === "escalate" ? null : risk;
    const topic = shown ? [shown.domain, shown.facet].map(spaced).join(" · ") : "";
    const unsafe = shown?.risk.unsafe;
    return el(
      "header",
      { class: "verdict" },
      el("span", { class: "badge" }, el("span", { class: "icon", "aria-hidden": "true" }, ICONS[this.action]), t[this.action]),
      el("span", { class: "topic", dir: "ltr" }, topic),
      unsafe === undefined || failure ? null : el("span", { class: "risk", title: t.risk }, bar(unsafe, `${t.risk} ${percent(unsafe)}`)),
    );
  }

  progress(t) {
    if (this.finished || this.turn.text !== "") return null;
    const steps = [t.judging];
    if (this.turn.risk) steps.push(`${t.judged}: ${spaced(this.turn.risk.domain)}`);
    const { retrieval } = this.turn;
    if (retrieval) steps.push(retrieval.found ? `${retrieval.document_ids.length} ${t.found}` : t.nothing_found);
    return el("p", { class: "progress" }, el("span", { class: "dots", "aria-hidden": "true" }), steps.join(" · "));
  }

  body(t) {
    const { decided, result, text, failure } = this.turn;
    const parts = [];
    if (text !== "") {
      const cited = new Map((this.turn.citations ?? result?.citations ?? []).map((citation) => [citation.n, citation]));
      const blocks = blocksOf(text, decided?.rationale, result?.alternative);
      parts.push(...blocks.map((block) => this.block(block, cited, t)));
    }
    if (failure) parts.push(this.failure(failure, t));
    return parts.length ? el("div", { class: "body" }, parts) : null;
  }

  block(block, cited, t) {
    const rich = (line) => inline(line, cited, (n) => `${this.key}-source-${n}`);
    if (block.kind === "code") return el("pre", { dir: "ltr" }, el("code", {}, block.text));
    if (block.kind === "why") {
      const { rationale } = this.turn.decided;
      return el(
        "div",
        { class: "why", dir: "auto" },
        this.action === "escalate" ? null : el("p", { class: "label" }, t.why),
        el("h3", {}, rationale.title),
        el("p", {}, block.text),
      );
    }
    if (block.kind === "section") {
      const urgent = this.turn.result.alternative.urgency === "emergency" && block.index === 0;
      return el(
        "div",
        { class: urgent ? "section urgent" : "section" },
        urgent ? el("p", { class: "label" }, t.help_now) : null,
        el("h3", { dir: "auto" }, block.heading),
        el("ul", {}, block.lines.map((line) => el("li", { dir: "auto" }, rich(line)))),
      );
    }
    return el("p", { class: "text", dir: "auto" }, block.lines.flatMap((line, index) => (index ? [el("br"), ...rich(line)] : rich(line))));
  }

  failure(failure, t) {
    return el(
      "div",
      { class: "failure", dir: "auto" },
      el("p", {}, failure.stopped ? t.stopped : failure.detail || (failure.offline ? t.offline : t.failed)),
      el("button", { type: "button", class: "quiet", on: { click: () => this.onRetry() } }, t.retry),
    );
  }

  after(t) {
    const { result } = this.turn;
    if (!result) return [];
    return [this.notes(result, t), this.sources(result, t), this.nextSteps(result, t), this.appeal(result, t), this.feedback(result, t), this.details(result, t)];
  }

  notes(result, t) {
    const notes = result.notices.map((notice) => notice.detail);
    if (result.case_id) notes.unshift(`${t.case}: ${result.case_id}`);
    if (result.held.length) {
      // The reason stands in the reply where it was stopped; only what was taken out silently is explained here.
      const reason = this.turn.held?.outcome === "repaired" ? this.turn.held.reason : null;
      notes.push(reason ?? `${t.held}: ${result.held.map(spaced).join(", ")}`);
    }
    return notes.length ? el("ul", { class: "notes" }, notes.map((note) => el("li", { dir: "auto" }, note))) : null;
  }

  sources(result, t) {
    if (!result.citations.length) return null;
    const items = result.citations.map((citation) =>
      el(
        "li",
        { id: `${this.key}-source-${citation.n}`, value: citation.n, dir: "auto", tabindex: "-1" },
        link(citation.url, sourceName(citation), { class: "source-title" }),
        el("span", { class: "publisher" }, `${citation.publisher} · ${t.reviewed} ${citation.reviewed_on}`),
      ),
    );
    return el("section", { class: "sources" }, el("h4", {}, t.sources), el("ol", {}, items));
  }

  nextSteps(result, t) {
    const steps = result.alternative?.next_steps ?? [];
    if (!steps.length) return null;
    const buttons = steps.map((step) => el("li", {}, el("button", { type: "button", class: "chip", dir: "auto", on: { click: () => this.onAsk(step) } }, step)));
    return el("section", { class: "next" }, el("h4", {}, t.ask_next), el("ul", {}, buttons));
  }

  appeal(result, t) {
    if (!result.rationale.declined || result.text.includes(result.rationale.appeal)) return null;
    return el("p", { class: "appeal", dir: "auto" }, el("strong", {}, t.appeal), " ", result.rationale.appeal);
  }

  // Somebody in distress is not asked how they liked it.
  feedback(result, t) {
    if (result.action === "escalate" || result.alternative?.urgency === "emergency") return null;
    if (this.said) return el("p", { class: "feedback", role: "status" }, t.thanks);
    const declined = Boolean(result.rationale.declined);
    const offered = declined ? (result.alternative ? ["accepted"] : []) : ["helpful"];
    const verdicts = [...offered, "not_what_i_asked", ...(declined ? ["wrongly_refused"] : [])];
    const said = { accepted: t.said_accepted, helpful: t.said_helpful, not_what_i_asked: t.said_not_what_i_asked, wrongly_refused: t.said_wrongly_refused };
    const buttons = verdicts.map((verdict) =>
      el("button", { type: "button", class: "quiet", data: { verdict }, on: { click: () => this.say(result.turn_id, verdict) } }, said[verdict]),
    );
    return el("p", { class: "feedback" }, buttons);
  }

  async say(turnId, verdict) {
    try {
      await this.onFeedback(turnId, verdict);
    } catch {
      return; // the buttons stay, so that it can be said again
    }
    this.said = verdict;
    this.draw();
  }

  details(result, t) {
    const { risk, rationale } = result;
    const rows = [
      [t.why, rationale.reason],
      [t.rules, rationale.rule_ids.join(", ")],
      [t.duties, result.obligations.join(", ")],
      [t.risk, percent(risk.unsafe)],
      [t.hazards, risk.hazards.slice(0, 3).map((hazard) => `${spaced(hazard.id)} ${percent(hazard.score)}`).join(", ")],
      [t.prompt_attack, percent(risk.prompt_attack)],
      [t.stakes, percent(risk.stakes)],
      [t.urgent, percent(risk.urgent)],
      [t.uncertainty, percent(risk.uncertainty)],
      [t.signals, risk.signals.join(", ")],
      [t.decoded, (this.turn.risk?.decoded_from ?? []).join(", ")],
      [t.policy, rationale.policy_version],
      [t.release, result.corpus_release],
      [t.time, result.timings_ms.total === undefined ? "" : `${Math.round(result.timings_ms.total)} ms`],
      [t.turn, result.turn_id],
    ];
    const shown = rows.filter(([, value]) => value);
    return el(
      "details",
      { class: "details" },
      el("summary", {}, t.details),
      el("dl", {}, shown.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { dir: "auto" }, value)])),
    );
  }
}

// Places are counted in Unicode code points, as Python counts them.
function spliced(text, { from, to, text: replacement }) {
  const points = Array.from(text);
  return [...points.slice(0, from), replacement, ...points.slice(to)].join("");
}

function bar(share, label) {
  const fill = el("span", { class: "fill" });
  fill.style.inlineSize = percent(share);
  return el("span", { class: "bar", role: "img", "aria-label": label }, fill);
}

function percent(share) {
  return `${Math.round(share * 100)}%`;
}

function spaced(name) {
  return name.replaceAll("_", " ");
}
