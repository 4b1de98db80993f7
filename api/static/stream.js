// The events of a turn over fetch. A connection that breaks is taken up again where it stopped.

const KEY = "handrail-key";
const TRIES = 4;
const LAST = new Set(["turn.completed", "turn.failed"]);

export class ProblemError extends Error {
  constructor(problem) {
    super(problem.detail || problem.title || "");
    this.problem = problem;
  }
}

// The key of the API: in this tab only, and nowhere once it is closed.
export const key = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  set: (value) => (value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY)),
};

function send(path, { headers, ...options }) {
  const credentials = key.get() ? { Authorization: `Bearer ${key.get()}` } : {};
  return fetch(path, { ...options, headers: { ...headers, ...credentials } });
}

export async function giveFeedback(turnId, verdict) {
  const response = await send(`/v1/turns/${encodeURIComponent(turnId)}/feedback`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ verdict }),
  });
  if (!response.ok) throw new ProblemError(await problemOf(response));
}

// Calls onEvent(name, data) for every event, in order, once. Resolves after the last one.
export async function runTurn(body, onEvent, signal) {
  const place = { turnId: null, lastId: null, finished: false };
  const seen = (event) => {
    place.lastId = event.id;
    place.turnId = event.id.slice(0, event.id.lastIndexOf(":"));
    place.finished = LAST.has(event.name);
    onEvent(event.name, JSON.parse(event.data));
  };
  let response = await send("/v1/turns", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal,
  });
  for (let attempt = 0; ; attempt++) {
    if (!response.ok) throw new ProblemError(await problemOf(response));
    try {
      await readEvents(response.body, seen);
    } catch (error) {
      if (signal.aborted) throw error;
    }
    if (place.finished) return;
    if (attempt === TRIES || place.turnId === null) throw new ProblemError({ title: "connection" });
    await pause(200 * 2 ** attempt, signal);
    response = await send(`/v1/turns/${encodeURIComponent(place.turnId)}/events`, {
      headers: { Accept: "text/event-stream", "Last-Event-ID": place.lastId },
      signal,
    });
  }
}

async function problemOf(response) {
  try {
    return await response.json();
  } catch {
    return { title: response.statusText, status: response.status };
  }
}

async function readEvents(stream, seen) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    const blocks = buffer.split(/\r\n\r\n|\n\n/);
    buffer = blocks.pop();
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event !== null) seen(event);
    }
  }
}

function parseEvent(block) {
  const event = { id: null, name: "message", data: [] };
  for (const line of block.split(/\r\n|\n/)) {
    const colon = line.indexOf(":");
    if (colon < 1) continue; // a comment, such as a ping
    const value = line.slice(colon + 1).replace(/^ /, "");
    if (line.startsWith("id:")) event.id = value;
    else if (line.startsWith("event:")) event.name = value;
    else if (line.startsWith("data:")) event.data.push(value);
  }
  if (event.id === null || event.data.length === 0) return null;
  return { id: event.id, name: event.name, data: event.data.join("\n") };
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
