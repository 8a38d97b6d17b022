// A page that asks for itself again and shows what changed. The server draws; here nothing is made of text.
const zone = document.getElementById("fresh");
const stale = document.getElementById("stale");
let failures = 0;

function ask() {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("GET", location.href);
    request.responseType = "document";
    request.timeout = 8000;
    request.onload = () => (request.status === 200 && request.response ? done(request.response) : failed(request.status));
    request.onerror = request.ontimeout = () => failed(0);
    request.send();
  });
}

// What somebody opened, chose or wrote stays; such a page waits until they are done.
function isInUse() {
  return zone.querySelector("details[open], input:checked") !== null || (zone.contains(document.activeElement) && document.activeElement !== zone);
}

function visible(of) { return of.innerText === undefined ? of.textContent : of.textContent; }

async function refresh() {
  try {
    const found = (await ask()).getElementById("fresh");
    if (!found) { location.reload(); return; }
    failures = 0;
    stale.hidden = true;
    if (visible(found) !== visible(zone) && !isInUse()) {
      document.title = found.ownerDocument.title;
      const [before, now] = [zone.querySelector("#say"), found.querySelector("#say")];
      const kept = before && now;
      zone.replaceChildren(...document.adoptNode(found).childNodes);
      if (kept && before.textContent !== now.textContent) announce(now);
      if ("done" in found.dataset) zone.dataset.done = "";
    }
  } catch (status) {
    failures += 1;
    if (status === 401 || status === 404) { location.reload(); return; }
    stale.hidden = failures < 2;
  }
}

// A live region that came with its words says nothing: put them in again.
function announce(region) {
  const parts = [...region.childNodes];
  region.replaceChildren();
  setTimeout(() => region.replaceChildren(...parts), 100);
}

async function loop() {
  if (!("done" in zone.dataset)) await refresh();
  if ("done" in zone.dataset) { document.getElementById("keep")?.remove(); return; }
  setTimeout(loop, Number(zone.dataset.every) * 1000);
}

if (zone && !("done" in zone.dataset)) setTimeout(loop, Number(zone.dataset.every) * 1000);
