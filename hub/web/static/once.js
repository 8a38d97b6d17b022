// A form that is sent once: a second touch does nothing. Its id makes sure of that at the hub, too.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.classList.contains("is-sent")) { event.preventDefault(); return; }
    form.classList.add("is-sent");
    if (event.submitter) event.submitter.classList.add("is-chosen");
  });
}
addEventListener("pageshow", () => document.querySelectorAll(".is-sent").forEach((form) => form.classList.remove("is-sent")));
