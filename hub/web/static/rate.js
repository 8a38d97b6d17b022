// The tablet: rests, asks the one who was just served, thanks. A rating that was given is never lost: it stays in
// the browser's storage until the hub answered.
import { follow, newId, words } from "./live.js";

const { counter, csrf, said, atMost } = document.body.dataset;
const t = words(said);
const $ = (id) => document.getElementById(id);
const ASKS_FOR_MS = 60000;
const THANKS_MS = 4000;
const WHY_MS = 20000;
const RESEND_MS = 3000;
const KEPT = `motcua-ratings-${counter}`;

let asked = null, known = undefined, score = null, id = null, timer = null, sending = false;

function show(name) {
  for (const each of ["rest", "ask", "why", "thanks"]) $(each).hidden = each !== name;
}

function later(ms, then) { clearTimeout(timer); timer = setTimeout(then, ms); }

function rest() { clearTimeout(timer); asked = null; score = null; show("rest"); }

function ask(last) {
  asked = last;
  score = null;
  id = newId();
  $("ask-number").textContent = t("rate.number", { number: last.number });
  document.querySelectorAll(".face-button").forEach((b) => b.classList.remove("is-chosen"));
  document.querySelectorAll(".why-button").forEach((b) => { b.setAttribute("aria-pressed", "false"); b.disabled = false; });
  show("ask");
  later(ASKS_FOR_MS, rest);
}

function thank(key) {
  $("thanks-words").textContent = t(key);
  show("thanks");
  later(THANKS_MS, rest);
}

function chosenReasons() {
  return [...document.querySelectorAll('.why-button[aria-pressed="true"]')].map((b) => b.dataset.reason);
}

function kept() { try { return JSON.parse(localStorage.getItem(KEPT)) || []; } catch { return []; } }
function keep(list) { try { localStorage.setItem(KEPT, JSON.stringify(list.slice(-50))); } catch { /* private window */ } }

function send() {
  if (!asked || !score) return;
  const reasons = score <= 3 ? chosenReasons() : [];
  keep([...kept(), { id, ticket: asked.id, score, ...(reasons.length ? { reasons } : {}) }]);
  asked = null;
  thank("rate.thanks");
  empty();
}

async function empty() {
  if (sending) return;
  sending = true;
  try {
    for (let first = kept()[0]; first; first = kept()[0]) {
      const answer = await fetch(`/rate/${counter}`, {
        method: "POST", body: JSON.stringify(first),
        headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
      });
      if (answer.status === 403) { location.reload(); return; }  // the form token went with a browser's end
      const reply = await answer.json();
      if (answer.status === 429 || answer.status >= 500 || reply.refusal === "storage-failed") break;
      keep(kept().filter((each) => each.id !== first.id));
      if (!reply.ok && !$("thanks").hidden) thank(reply.refusal === "already-rated" ? "rate.already" : "rate.failed");
    }
  } catch { /* no line: it is sent later */ } finally { sending = false; }
}

function heard(_, state) {
  const last = state.last;
  const newest = last ? last.id : null;
  // The next person sits down: whoever was asked has gone, and what they touched counts.
  if (asked && state.stage === "serving") { if (score) send(); else rest(); }
  if (newest !== known) {
    const justNow = last && Date.parse(last.finished_at) > live.now() - ASKS_FOR_MS;
    const first = known === undefined;
    known = newest;
    if (last && justNow && !(state.stage === "serving" && first)) {
      if (asked && score) send();
      ask(last);
    }
  }
}

for (const button of document.querySelectorAll(".face-button")) {
  button.addEventListener("click", () => {
    if (!asked || score) return;
    score = Number(button.dataset.score);
    button.classList.add("is-chosen");
    if (score >= 4) { send(); return; }
    show("why");
    $("why-title").focus?.();
    later(WHY_MS, send);
  });
}
for (const button of document.querySelectorAll(".why-button")) {
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    if (on && chosenReasons().length >= Number(atMost)) return;
    button.setAttribute("aria-pressed", String(on));
    const full = chosenReasons().length >= Number(atMost);
    document.querySelectorAll(".why-button").forEach((b) => { b.disabled = full && b.getAttribute("aria-pressed") !== "true"; });
    later(WHY_MS, send);
  });
}
$("send").addEventListener("click", send);
$("skip").addEventListener("click", () => {
  document.querySelectorAll(".why-button").forEach((b) => b.setAttribute("aria-pressed", "false"));
  send();
});

const live = follow([`state/counter/${counter}`], {
  stream: `/rate/${counter}/live`,
  onState: heard,
  onLife: (alive) => { $("lost").hidden = alive; if (alive) empty(); },
});
setInterval(empty, RESEND_MS);
