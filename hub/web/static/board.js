// The wall: draws state/board. The newest call is the hero; it stays marked for the walk to the counter.
import { element, follow, words } from "./live.js";

const MARKED_MS = 20000;
const LAST_SHOWN = 3;
const MANY_DESKS = 6;
const MANY_SERVICES = 6;

const t = words(document.body.dataset.said);
const services = JSON.parse(document.body.dataset.services);
const firstLane = document.body.dataset.firstLane;
const language = document.documentElement.lang;
const $ = (id) => document.getElementById(id);
let board = null, shownCall = null;

function star(lane) { return lane && lane !== firstLane; }

// Priority is a mark and a word, never only a colour.
function starred(className, text, lane) {
  const made = element("div", className);
  made.append(element("span", "", text));
  if (star(lane)) made.append(element("span", "star", `★ ${t("board.priority")}`));
  return made;
}

function isFresh(call) { return live.now() - Date.parse(call.at) < MARKED_MS; }

function drawHero(call) {
  const hero = $("hero");
  hero.classList.toggle("is-empty", !call);
  if (!call) {
    $("hero-number").textContent = t("board.none");
    $("hero-where").textContent = t("board.none_says");
    shownCall = 0;
    return;
  }
  const changed = shownCall !== call.call;
  if (changed) {
    $("hero-number").textContent = call.number;
    $("hero-number").classList.toggle("is-wide", call.number.length === 5);
    $("hero-number").classList.toggle("is-long", call.number.length > 5);
    const where = [element("span", "", t("board.go_to", { n: call.counter }))];
    if (star(call.lane)) where.push(element("span", "mark", `★ ${t("board.priority")}`));
    $("hero-where").replaceChildren(...where);
    hero.classList.remove("is-sliding");
    if (shownCall !== null) { void hero.offsetWidth; hero.classList.add("is-sliding"); }
    shownCall = call.call;
  }
  hero.classList.toggle("is-fresh", isFresh(call));
}

function drawLast(calls) {
  $("last").replaceChildren(...calls.map((call) => {
    const row = element("li", isFresh(call) ? "is-fresh" : "");
    row.append(element("span", "n", call.number), starred("w", t("board.counter", { n: call.counter }), call.lane));
    return row;
  }));
  $("last").parentElement.hidden = calls.length === 0;
}

function drawDesk(desk, fresh) {
  const closed = !desk.open && !desk.number;
  const row = element("li", closed ? "is-closed" : fresh ? "is-fresh" : "");
  const said = element("div", "words");
  said.append(element("div", "name", desk.names[language] || t("board.counter", { n: desk.counter })));
  const stage = desk.number ? t(`board.${desk.stage}`) : t(desk.open ? "board.idle" : desk.why === "paused" ? "board.paused" : "board.closed");
  if (!closed) said.append(starred("stage", stage, desk.lane));
  row.append(said, element("span", "n", closed ? stage : desk.number || ""));
  return row;
}

function drawUpcoming() {
  $("upcoming").parentElement.classList.toggle("is-many", services.length > MANY_SERVICES);
  const next = Object.fromEntries(board.upcoming.map((u) => [u.service, u.numbers]));
  $("upcoming").replaceChildren(...services.map((service) => {
    const row = element("li");
    const what = element("div", "what");
    const waiting = board.waiting[service.id] || 0;
    what.append(element("span", "", `${service.series} · ${service.name}`),
      element("span", "", waiting ? t("board.people", { n: waiting }) : t("board.nobody")));
    const numbers = element("div", "ns");
    numbers.append(...(next[service.id] || []).map((n) => element("span", "", n)));
    row.append(what, numbers);
    return row;
  }));
}

function draw() {
  if (!board) return;
  const calls = [...board.calls].reverse();
  const hero = calls[0];
  drawHero(hero);
  const seen = new Set(hero ? [hero.ticket] : []);
  const last = calls.filter((call) => !seen.has(call.ticket) && seen.add(call.ticket)).slice(0, LAST_SHOWN);
  drawLast(last);
  const fresh = new Set(calls.filter(isFresh).map((call) => call.number));
  $("desks").parentElement.classList.toggle("is-many", board.counters.length > MANY_DESKS);
  $("desks").replaceChildren(...board.counters.map((desk) => drawDesk(desk, desk.stage === "called" && fresh.has(desk.number))));
  drawUpcoming();
}

function drawClock() {
  const now = new Date(live.now());
  $("clock").textContent = live.alive ? now.toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hour12: false }) : "--:--";
}

const live = follow(["state/board"], {
  onState: (_, payload) => { board = payload; draw(); },
  onLife: (alive) => { $("lost").hidden = alive; drawClock(); },
});
// Only what the time changes is drawn again by itself: the marks that end, and the clock.
setInterval(() => { draw(); drawClock(); }, 1000);
