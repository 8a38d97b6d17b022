// The clerk's desk. Buttons ask the hub as a counter's box does: with the beat they saw and whom they saw at the
// counter. Without a living hub they refuse: a call that comes late is a mistake.
import { element, follow, newId, words } from "./live.js";

const { counter, csrf, said: texts, services: servicesJson, firstLane } = document.body.dataset;
const n = Number(counter);
const t = words(texts);
const services = JSON.parse(servicesJson);
const $ = (id) => document.getElementById(id);
const RESEND_FOR_MS = 3000;
const ARMED_MS = 4000;

let state = null, more = null, busy = false, armed = null, ids = {};

// -- asking --------------------------------------------------------------------------------------

function say(text, refused = false) {
  $("said").textContent = text;
  $("said").classList.toggle("is-refused", refused);
}

const language = document.documentElement.lang;

async function post(body) {
  const until = performance.now() + RESEND_FOR_MS;
  for (;;) {
    try {
      return await fetch("/api/v1/commands", {
        method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(RESEND_FOR_MS),
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
      });
    } catch {
      if (performance.now() > until) return null;
      await new Promise((done) => setTimeout(done, 400));
    }
  }
}

// The same button at the same sight sends the same id: pressed twice, it is done once.
function idFor(name) { return (ids[name] ||= newId()); }

async function send(command, fields = {}, name = command) {
  if (busy) return;
  if (!live.alive) { say(t("counter.lost"), true); return; }
  busy = true;
  draw();
  say(t("counter.sent"));
  const answer = await post({ id: idFor(name), command, beat: live.beat, ...fields });
  busy = false;
  if (answer === null || answer.status >= 500) { ids = {}; say(t("counter.no_answer"), true); draw(); return; }
  if (answer.status === 401 || answer.status === 403) { say(t("counter.signed_out"), true); setTimeout(() => location.reload(), 1500); return; }
  const reply = await answer.json();
  ids = {};
  if (reply.ok) say("");
  else say(reply.message?.[language] || Object.values(reply.message || {})[0] || t("counter.no_answer"), true);
  ask();
}

const seen = () => ({ at_counter: state.ticket ? state.ticket.id : null });
const deeds = {
  next: () => send("call-next", { counter: n, ...seen() }),
  recall: () => send("recall", { counter: n }),
  start: () => send("start-service", { counter: n }),
  "no-show": () => send("no-show", { counter: n, ...seen() }),
  finish: (outcome) => send("finish", { counter: n, ...seen(), ...(outcome ? { outcome } : {}) }, `finish-${outcome || ""}`),
  pause: () => (state.why === "paused" ? send("open-counter", { counter: n })
    : send("pause-counter", { counter: n, reason: $("pause-why").value })),
  open: () => send("open-counter", { counter: n }),
  close: () => send("close-counter", { counter: n }),
};

// -- looking ---------------------------------------------------------------------------------------

let asking = false, askAgain = false;
async function ask() {
  if (asking) { askAgain = true; return; }
  asking = true;
  try {
    const answer = await fetch(`/counter/${n}/now`, { cache: "no-store" });
    if (answer.status === 401) { location.reload(); return; }
    if (answer.ok) more = await answer.json();
    draw();
  } catch { /* the beat tells */ } finally {
    asking = false;
    if (askAgain) { askAgain = false; ask(); }
  }
}

function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return t("counter.seconds", { n: s });
  if (s < 3600) return t("counter.minutes", { n: Math.floor(s / 60) });
  return t("counter.hours", { h: Math.floor(s / 3600), m: String(Math.floor(s / 60) % 60).padStart(2, "0") });
}

function put(id, text) { if ($(id).textContent !== text) $(id).textContent = text; }

function drawThere() {
  const there = state.ticket;
  const box = $("there-number").parentElement;
  box.classList.toggle("is-calling", state.stage === "called");
  box.classList.toggle("is-serving", state.stage === "serving");
  put("there-number", there ? there.number : "–");
  $("there-number").classList.toggle("is-none", !there);
  $("there-mark").hidden = !there || there.lane === firstLane;
  const times = more ? more.times : 1;
  const stage = !there ? t("counter.idle") : state.stage === "called" ? t("counter.called", { n: times || 1 }) : t("counter.serving");
  const since = there && more && more.since_ms ? ` · ${t("counter.for", { time: span(live.now() - more.since_ms) })}` : "";
  put("there-stage", stage + since);
  const service = there && services.find((s) => s.id === there.service);
  put("there-service", service ? `${service.series} · ${service.name}` : there ? "" : t("counter.idle_says"));
}

function drawNext(can) {
  const there = state.ticket;
  const next = more && more.next;
  const star = next && more.next_lane !== firstLane ? " ★" : "";
  let who = next ? `${t("counter.next_is", { number: next + star })} · ${t("counter.waiting_n", { n: state.callable })}` : t("counter.next_none");
  if (state.why === "closed") who = t("counter.closed");
  put("next-word", state.why === "paused" ? t("counter.open_and") : t("counter.next"));
  put("next-who", there && can ? `${t("counter.finish_and", { number: there.number })}${next ? ` ${next}${star}` : ""}` : who);
  $("next").disabled = !can || state.why === "closed" || (!next && !there);
}

function drawLines() {
  if (!more) return;
  put("waiting-all", String(Object.values(more.waiting).reduce((a, b) => a + b, 0)));
  $("line").replaceChildren(...services.filter((s) => s.id in more.waiting).map((s) => {
    const row = element("li"), what = element("span", "what");
    what.append(element("span", "letter small", s.series), element("span", "", s.name));
    row.append(what, element("span", "count", String(more.waiting[s.id])));
    return row;
  }));
  const focused = document.activeElement && document.activeElement.dataset.restore;
  $("missed").replaceChildren(...(more.missed.length ? more.missed.map((m) => {
    const row = element("li"), button = element("button", "quiet", t("counter.restore"));
    button.type = "button";
    button.dataset.restore = m.id;
    button.disabled = busy || !live.alive;
    button.setAttribute("aria-label", `${t("counter.restore")} ${m.number}`);
    button.addEventListener("click", () => send("restore", { ticket: m.id }, `restore-${m.id}`));
    row.append(element("span", "missed-n", m.number), button);
    return row;
  }) : [element("li", "none", t("counter.missed_none"))]));
  if (focused) document.querySelector(`[data-restore="${CSS.escape(focused)}"]`)?.focus();
}

function draw() {
  if (!state) return;
  const holds = Boolean(more && more.mine);
  const open = state.why !== "closed";
  const can = live.alive && !busy && holds;
  const there = state.ticket;
  $("mode").className = `is-${open ? (state.why === "paused" ? "paused" : "open") : "closed"}`;
  put("mode", t(state.open ? "counter.opened" : state.why === "paused" ? "counter.paused" : "counter.closed"));
  drawThere();
  drawNext(can);
  $("recall").disabled = !can || state.stage !== "called";
  $("start").disabled = !can || state.stage !== "called";
  $("no-show").disabled = !can || state.stage !== "called";
  $("finish").disabled = !can || !there;
  document.querySelectorAll(".outcome").forEach((b) => { b.disabled = !can || !there; });
  $("pause").disabled = !can || !open;
  put("pause-word", state.why === "paused" ? t("counter.go_on") : t("counter.pause"));
  $("pause-why").disabled = !can || state.why === "paused" || !open;
  $("close").disabled = !can || !open || Boolean(there);
  put("close", armed ? t("counter.close_sure") : t("counter.close"));
  $("close").classList.toggle("is-armed", Boolean(armed));
  const needsOpening = more && (!holds || !open);
  $("open").hidden = !needsOpening;
  $("ends").classList.toggle("is-opening", Boolean(needsOpening));
  $("open").disabled = !needsOpening || !live.alive || busy;
  put("open-word", open && more && more.clerk ? t("counter.take_over") : t("counter.open"));
  if (needsOpening && open && !busy && !$("said").classList.contains("is-refused")) {
    say(more.clerk_name ? t("counter.not_mine", { name: more.clerk_name }) : t("counter.nobody_holds"));
  }
  drawLines();
}

// -- pressing ----------------------------------------------------------------------------------------

for (const name of ["next", "recall", "start", "no-show", "finish", "pause", "open"]) {
  $(name).addEventListener("click", () => deeds[name]());
}
for (const button of document.querySelectorAll(".outcome")) {
  button.addEventListener("click", () => deeds.finish(button.dataset.outcome));
}
$("close").addEventListener("click", () => {
  if (armed) { clearTimeout(armed); armed = null; deeds.close(); return; }
  armed = setTimeout(() => { armed = null; draw(); }, ARMED_MS);
  draw();
});

const byKey = Object.fromEntries([...document.querySelectorAll("[data-key]")].map((b) => [b.dataset.key, b]));
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (event.target.matches("input, textarea, select")) return;
  const button = byKey[event.key.toLowerCase()];
  if (!button) return;
  event.preventDefault();
  if (!live.alive) { say(t("counter.lost"), true); return; }
  if (!button.disabled && !button.hidden) button.click();
});

const live = follow([`state/counter/${n}`, "state/services"], {
  onState: (topic, payload) => {
    if (topic === `state/counter/${n}`) {
      const before = state && state.ticket && state.ticket.id;
      state = payload;
      if (before !== (state.ticket && state.ticket.id)) ids = {};
    }
    draw();
    ask();
  },
  // Who holds the counter is in no public state: the desk asks again when anything at all has happened.
  onBeat: (status) => { if (more && more.seq < status.seq) ask(); },
  onLife: (alive) => { $("lost").hidden = alive; draw(); if (alive) ask(); },
});
setInterval(() => { if (state) drawThere(); }, 1000);
