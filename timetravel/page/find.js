// Finds rows as you type, and goes to the head, to errors and to questions.

// What a row changed, who wrote it, its metadata: not the whole state or config, which would find every later row.
const words = (row) => {
  const details = row.querySelector("details");
  const parts = [details.querySelector("summary"), ...details.querySelectorAll(".lgtl-b > :not(details, .lgtl-cfg)")];
  return parts.map((part) => part.textContent).join("\n").toLowerCase();
};

const searching = (rows) => {
  const state = { found: null, kept: null };
  const opened = new Set();
  let texts = null;

  const seek = (text) => {
    const sought = text.trim().toLowerCase();
    for (const one of opened) { one.open = false; }
    opened.clear();
    state.found = state.kept = null;
    if (!sought) { return; }
    texts = texts || rows.map(words);
    state.found = new Set(rows.filter((_, index) => texts[index].includes(sought)));
    state.kept = new Set();
    for (const row of state.found) { show(row, opened); }
  };

  // The rows and folds around a row of a subgraph.
  const show = (row, unfolded) => {
    for (let one = row; one; one = one.parentNode.closest(".lgtl-r")) {
      state.kept?.add(one);
      const fold = one.parentNode.closest(".lgtl-ns");
      if (fold && !fold.open) { fold.open = true; unfolded?.add(fold); }
    }
  };

  let input = null;
  const field = (put, done) => {
    input = make("input");
    Object.assign(input, { type: "search", placeholder: "state, node, metadata" });
    input.addEventListener("input", () => { seek(input.value); if (!state.found) { done(); } put(); });
    return make("label", "lgtl-follow", "Find ", input);
  };

  const clear = () => { if (input) { input.value = ""; } seek(""); };
  return { state, field, show, clear };
};

const jumps = (rows, steps, put, search) => {
  const head = rows.findIndex((row) => row.querySelector("b").classList.contains("head"));
  const flagged = (flag) => steps.flatMap((step, index) => step[5].includes(flag) ? [index] : []);
  const go = (index) => {
    if (rows[index].hidden || rows[index].closest("[hidden]")) { search.clear(); put(); }
    search.show(rows[index]);
    rows[index].querySelector("summary").focus();
    rows[index].scrollIntoView({ block: "center" });
  };
  const cycle = (name, places) => {
    let next = 0;
    return button(places.length > 1 ? `${name} (${places.length})` : name, "", () => { go(places[next % places.length]); next += 1; });
  };
  const all = [["Head", head < 0 ? [] : [head]], ["Error", flagged("e")], ["Question", flagged("q")]];
  const place = make("span", "lgtl-jumps", ...all.filter(([, places]) => places.length).map((one) => cycle(...one)));
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", "Go to");
  return place;
};
