// What pages do beyond what Material does. Everything can be read without it.

// One switch opens what happens after every "Predict", and remembers it for the other lessons.
(() => {
  const outcomes = [...document.querySelectorAll("details.outcome")];
  if (!outcomes.length) { return; }
  const box = Object.assign(document.createElement("input"), { type: "checkbox" });
  box.setAttribute("role", "switch");
  const show = () => { for (const outcome of outcomes) { outcome.open = box.checked; } };
  box.addEventListener("change", () => {
    try { localStorage.setItem("course.outcomes", box.checked ? "open" : ""); } catch { /* not kept, then */ }
    show();
  });
  try { box.checked = localStorage.getItem("course.outcomes") === "open"; } catch { /* closed, then */ }
  if (box.checked) { show(); }
  const label = document.createElement("label");
  label.className = "outcomes-switch";
  label.append(box, " Show what happens after every Predict");
  document.querySelector("article h1").after(label);
})();

// What a screen reader should be told, and neither Material nor Markdown says.
(() => {
  document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");
  for (const part of document.querySelectorAll(".md-nav .md-nav[aria-labelledby]")) {
    part.removeAttribute("aria-labelledby"); // where a section has a page of its own, that names nothing
    part.setAttribute("aria-label", part.querySelector(".md-nav__title").textContent.trim());
  }
  for (const corner of document.querySelectorAll("th:empty")) {
    corner.replaceWith(document.createElement("td"));
  }
  const article = document.querySelector("article");
  const name = () => {
    for (const nav of article.querySelectorAll(".md-code__nav:not([role])")) { nav.setAttribute("role", "none"); }
    for (const note of article.querySelectorAll(".md-annotation__index:not([aria-label])")) {
      note.setAttribute("aria-label", `Note ${note.firstElementChild.dataset.mdAnnotationId}`);
    }
  };
  new MutationObserver(name).observe(article, { childList: true, subtree: true });
  name();
})();
