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

// A button that copies, for every block of code. Material's own would need blocks that make pages slow: see compact.py.
(() => {
  const copy = async (code, button) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch { // an address without https
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
      getSelection().empty();
    }
    button.classList.add("copied");
    button.title = "Copied";
    setTimeout(() => { button.classList.remove("copied"); button.title = "Copy to clipboard"; }, 2000);
  };
  for (const code of document.querySelectorAll("article .highlight:not(.output) > pre code")) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "md-code__button" });
    button.title = "Copy to clipboard";
    button.dataset.mdType = "copy";
    button.addEventListener("click", () => copy(code, button));
    const strip = Object.assign(document.createElement("div"), { className: "md-code__nav" });
    strip.append(button);
    code.closest("pre").prepend(strip);
  }
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
  new MutationObserver((changes, observer) => { // Material puts the notes in later
    const notes = document.querySelectorAll("article .md-annotation__index");
    for (const note of notes) {
      note.setAttribute("aria-label", `Note ${note.firstElementChild.dataset.mdAnnotationId}`);
    }
    if (notes.length) { observer.disconnect(); }
  }).observe(document.querySelector("article"), { childList: true, subtree: true });
})();
