// Searches a list of threads as you type; at most so many rows are on the page at a time.

const SHOWN = 200;

const listThreads = (root) => {
  const held = root.querySelector(".lgtl-data");
  const box = root.querySelector(".lgtl-list");
  if (!held || root.classList.contains("lgtl-js")) { return; }
  const threads = JSON.parse(held.textContent);
  const texts = threads.map(([name, , state, , , when, user]) => `${name}\n${state}\n${user}\n${when}`.toLowerCase());

  // An element. Text is always text: no value is ever read as HTML.
  const make = (tag, classes, ...inside) => {
    const element = document.createElement(tag);
    if (classes) { element.className = classes; }
    element.append(...inside);
    return element;
  };

  const row = ([name, tone, state, checkpoints, step, when, user]) => {
    const line = make("div", "lgtl-li", make("code", "lgtl-tid", name), make("span", "lgtl-t", make("span", tone, state)));
    line.append(make("span", "", `${checkpoints} checkpoints${step ? `, step ${step}` : ""}`), make("span", "", user), make("span", "", when));
    line.setAttribute("role", "listitem");
    return line;
  };

  const say = make("span", "lgtl-say");
  say.setAttribute("role", "status");
  const field = Object.assign(make("input"), { type: "search", placeholder: "thread, user, status, day" });
  const states = [...new Set(threads.map((one) => one[2]))].sort();
  const select = make("select", "", new Option("any", ""), ...states.map((state) => new Option(state, state)));
  for (const one of [field, select]) { one.dataset.lmSuppressShortcuts = "true"; }

  const find = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (let i = 0; i < threads.length; i += 1) {
      if ((!select.value || threads[i][2] === select.value) && words.every((word) => texts[i].includes(word))) { found.push(threads[i]); }
    }
    box.replaceChildren(...found.slice(0, SHOWN).map(row));
    const more = found.length > SHOWN ? `, the newest ${SHOWN} shown` : "";
    say.textContent = `${found.length.toLocaleString("en")} of ${threads.length.toLocaleString("en")} threads${more}`;
  };

  field.addEventListener("input", find);
  select.addEventListener("change", find);
  box.before(make("div", "lgtl-bar", make("label", "lgtl-follow", "Find ", field), make("label", "lgtl-follow", "Status ", select), say));
  root.classList.add("lgtl-js");
  find();
};
