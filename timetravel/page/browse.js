// Makes a drawn timeline browsable: pick two checkpoints and see what differs, follow one branch.

const LONG = 25;
const MANY = 12;

const browse = (root, kept = {}) => {
  const held = root.querySelector(".lgtl-data");
  if (!held || root.classList.contains("lgtl-js")) { return; }
  const { nodes, steps, ways } = JSON.parse(held.textContent);
  const values = table(nodes);
  const rows = [...root.querySelectorAll(".lgtl-r")];
  const box = root.querySelector(".lgtl-rows");
  const say = make("span", "lgtl-say");
  const bar = make("div", "lgtl-bar");
  const panel = make("section", "lgtl-d");
  const picked = {};
  say.setAttribute("role", "status");
  panel.setAttribute("aria-label", "Difference of two checkpoints");
  panel.hidden = true;

  const compare = () => {
    const [one, other] = [picked.A, picked.B];
    for (const row of box.querySelectorAll(".lgtl-on")) { row.classList.remove("lgtl-on"); }
    for (const index of [one, other]) { rows[index]?.classList.add("lgtl-on"); }
    panel.hidden = one === undefined || other === undefined;
    if (panel.hidden) {
      const missing = one === undefined ? "A" : "B";
      say.textContent = one === other ? "Pick A and B beside two checkpoints to see how their states differ." : `Now pick ${missing}.`;
      return;
    }
    const found = compareStates(values, steps[one][2], steps[other][2]);
    const count = (kind) => found.filter((one) => one.kind === kind).length;
    const said = ["added", "changed", "removed"].filter(count).map((kind) => `${count(kind)} ${kind}`).join(", ");
    say.textContent = `A ${steps[one][3]}, B ${steps[other][3]}: ${said ? `${found.length} channel${found.length > 1 ? "s differ" : " differs"} (${said})` : "the same state"}.`;
    const head = make("div", "lgtl-dh", make("span", "lgtl-h", `From A, ${steps[one][3]}, to B, ${steps[other][3]}`));
    head.append(button("Swap", "", () => { pick("A", other); pick("B", one); compare(); }), button("Close", "", close));
    const entry = ({ channel, kind, lines }) => make("div", "lgtl-k", make("div", "", make("code", "", channel), make("span", "lgtl-by", kind)), make("div", "", ...drawn(values, lines)));
    panel.replaceChildren(head, ...found.map(entry));
    if (!found.length) { panel.append(make("div", "lgtl-m", "Both checkpoints hold the same state.")); }
  };

  const pick = (letter, index) => {
    picked[letter] = index;
    for (const input of root.querySelectorAll(`.lgtl-p input[value=${letter}]`)) { input.checked = index !== undefined && rows[index] === input.closest(".lgtl-r"); }
  };

  const close = () => {
    pick("A", undefined);
    pick("B", undefined);
    compare();
    root.querySelector(".lgtl-p input").focus();
  };

  // Where a branch is followed, the rest is put away and its rails become one.
  let way = null;
  const follow = (row) => {
    way = row >= 0 ? new Set() : null;
    for (let at = row; at >= 0; at = steps[at][1]) { way.add(at); }
    root.classList.toggle("lgtl-one", row >= 0);
    rows.forEach((one, index) => {
      // A subgraph's row goes where the step goes that ran it.
      if (one.parentNode !== box) { return; }
      one.classList.toggle("lgtl-first", way !== null && index === Math.min(...way));
      one.classList.toggle("lgtl-last", index === row);
    });
    put();
  };

  const search = searching(rows);
  const put = () => {
    const { found, kept } = search.state;
    rows.forEach((one, index) => {
      one.hidden = (way !== null && one.parentNode === box && !way.has(index)) || (found !== null && !kept.has(one));
      one.classList.toggle("lgtl-found", found !== null && found.has(one));
    });
    if (found !== null) { say.textContent = `${found.size} of ${rows.length} checkpoints have it in what they changed.`; }
  };

  const chooser = () => {
    const select = make("select", "", new Option("all", "-1"), ...ways.map(([row, name]) => new Option(name, row)));
    select.addEventListener("change", () => follow(Number(select.value)));
    return make("label", "lgtl-follow", "Branch ", select);
  };

  const name = `lgtl-${Math.random().toString(36).slice(2)}`;
  const picker = (letter, index) => {
    const input = make("input");
    Object.assign(input, { type: "radio", name: name + letter, value: letter });
    input.setAttribute("aria-label", `${letter}: ${steps[index][3]}`);
    input.addEventListener("change", () => { picked[letter] = index; compare(); });
    return input;
  };
  rows.forEach((row, index) => row.querySelector("details").before(make("div", "lgtl-p", picker("A", index), picker("B", index))));

  if (ways.length > 1) { bar.append(chooser()); }
  if (rows.length > MANY) { bar.append(search.field(put, () => compare()), jumps(rows, steps, put, search)); }
  bar.append(say);
  box.before(bar);
  box.after(panel);
  root.classList.add("lgtl-js");
  for (const stop of root.querySelectorAll("summary, [tabindex]")) { stop.dataset.lmSuppressShortcuts = "true"; }
  if (rows.length > LONG) { box.classList.add("lgtl-long"); }
  for (const letter of ["A", "B"]) {
    const index = steps.findIndex((step) => step[0] === kept[letter]);
    if (index >= 0) { pick(letter, index); }
  }
  compare();
  root.lgtl = { rows, steps, say, picked: () => ({ A: steps[picked.A]?.[0], B: steps[picked.B]?.[0] }) };
  root.dispatchEvent(new CustomEvent("lgtl", { bubbles: true }));
};

// Only when a reader comes near, or prints: a page with many timelines is there at once.
const browseSoon = (root) => {
  const begin = () => { observer.disconnect(); browse(root); };
  const near = (seen) => { if (seen.some((one) => one.isIntersecting)) { begin(); } };
  const observer = new IntersectionObserver(near, { rootMargin: "600px" });
  observer.observe(root);
  addEventListener("beforeprint", begin, { once: true });
};
