// What is true now, from the hub: server-sent events, or asking every two seconds where those are full.
// Rule 1: the hub lives while its beat is fresh; an open line proves nothing.
// Rule 2: state is whole: whatever was missed, the newest message is enough.

const LOST_AFTER_MS = 4500;
const ASK_EVERY_MS = 2000;
const TRY_AGAIN_MS = 15000;

export function follow(topics, { onState, onLife, onBeat, stream }) {
  const list = encodeURIComponent(topics.join(","));
  const url = stream || `/live?topics=${list}`;
  let source = null, asking = null, lastBeat = -Infinity, alive = null, beat = null;
  let hubAt = null, hubHeard = 0, version = null;

  function heard({ topic, payload, age_s }) {
    if (topic !== "hub/status") { if (payload) onState(topic, payload); return; }
    if (!payload || !payload.online) { lastBeat = -Infinity; look(); return; }
    if (version !== null && payload.version !== version) { location.reload(); return; }
    version = payload.version;
    const now = performance.now();
    if (payload.beat !== beat || age_s * 1000 < now - lastBeat) lastBeat = now - age_s * 1000;
    beat = payload.beat;
    hubAt = Date.parse(payload.at) + age_s * 1000;
    hubHeard = now;
    look();
    if (onBeat) onBeat(payload);
  }

  function look() {
    const now = performance.now() - lastBeat < LOST_AFTER_MS;
    if (now !== alive) { alive = now; onLife(alive); }
  }

  function open() {
    source = new EventSource(url);
    source.onmessage = (event) => { stopAsking(); heard(JSON.parse(event.data)); };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      startAsking();
      setTimeout(open, TRY_AGAIN_MS);
    };
  }

  function startAsking() {
    if (asking !== null) return;
    const ask = async () => {
      try {
        const answer = await fetch(`/live/now?topics=${list}`, { cache: "no-store" });
        if (answer.ok) (await answer.json()).messages.forEach(heard);
      } catch { /* the beat grows old, and the page says so */ }
    };
    ask();
    asking = setInterval(ask, ASK_EVERY_MS);
  }

  function stopAsking() {
    if (asking !== null) { clearInterval(asking); asking = null; }
  }

  // The first words come after the caller has what this returns.
  open();
  setInterval(look, 250);
  addEventListener("pagehide", () => source && source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  return {
    get alive() { return alive === true; },
    get beat() { return beat; },
    now: () => (hubAt === null ? Date.now() : hubAt + performance.now() - hubHeard),
  };
}

// An id of a command, made when the button is drawn; also where crypto.randomUUID is not to be had (plain http).
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
}

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function words(json) {
  const texts = JSON.parse(json);
  return (key, values = {}) => (texts[key] || key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
