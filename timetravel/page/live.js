// The widget: adds a form for forking to the timeline on the page, and redraws it in place.

const field = (channel) => {
  if (channel.json === null) { return make("div", "lgtl-k", make("div", "", make("code", "", channel.name)), make("div", "lgtl-m", "JSON cannot hold this value: it stays as it is.")); }
  const area = make("textarea");
  area.value = area.defaultValue = channel.json;
  area.rows = Math.min(channel.json.split("\n").length + 1, 12);
  area.name = channel.name;
  area.spellcheck = false;
  if (!channel.json) { area.placeholder = "no value yet"; }
  return make("label", "lgtl-k", make("div", "", make("code", "", channel.name)), area);
};

const question = ({ id, node, text }) => {
  const area = make("textarea");
  Object.assign(area, { name: id, rows: 2, spellcheck: false, placeholder: "text, or JSON" });
  return make("label", "lgtl-k", make("div", "", make("code", "", node), make("span", "lgtl-by", "asks")), make("div", "", make("pre", "", text), area));
};

const LATE = 10000;

export default {
  initialize({ model }) {
    const name = model.get("name");
    const open = new Map();

    const ask = (asked) => new Promise((done) => {
      const n = `${Date.now()}-${Math.random()}`;
      open.set(n, done);
      model.send({ ...asked, n });
    });

    model.on("msg:custom", (reply) => {
      if (reply.html) { for (const root of roots()) { redraw(root, reply); } }
      open.get(reply.n)?.(reply);
      open.delete(reply.n);
    });

    const roots = () => [...document.querySelectorAll(".lgtl")].filter((root) => root.dataset.live === name);

    // The new drawing takes the old one's place; what was open or picked stays so.
    const redraw = (root, { html, new: made, error }) => {
      const { steps, rows, picked } = root.lgtl;
      const opened = new Set(steps.filter((_, index) => rows[index].querySelector("details").open).map((step) => step[0]));
      const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".lgtl");
      const unfolded = new Set([...root.querySelectorAll(".lgtl-ns[open]")].map((one) => one.dataset.ns));
      const scrolled = root.querySelector(".lgtl-rows").scrollTop;
      const focused = root.contains(document.activeElement);
      document.adoptNode(fresh);
      root.replaceWith(fresh);
      browse(fresh, picked());
      fresh.lgtl.steps.forEach(([id], index) => { if (opened.has(id)) { fresh.lgtl.rows[index].querySelector("details").open = true; } });
      for (const one of fresh.querySelectorAll(".lgtl-ns")) { one.open = unfolded.has(one.dataset.ns); }
      fresh.querySelector(".lgtl-rows").scrollTop = scrolled;
      const index = fresh.lgtl.steps.findIndex((step) => step[0] === made);
      const row = fresh.lgtl.rows[index];
      if (row) {
        row.classList.add("lgtl-new");
        if (focused) { row.querySelector("summary").focus(); }
        row.scrollIntoView({ block: "nearest" });
      }
      fresh.lgtl.say.textContent = error ? "" : did(fresh.lgtl.steps, index);
      if (error) { fresh.lgtl.say.append(alarm(error)); }
    };

    const did = (steps, index) => {
      if (index < 0) { return "Nothing new was saved."; }
      const [, parent, , name] = steps[index];
      const branch = steps.some((step, other) => other < index && step[1] === parent);
      return branch ? `Forked: the new branch begins with ${name}.` : `The run went on with ${name}.`;
    };

    const alarm = (text) => { const line = make("span", "lgtl-q bad", text); line.setAttribute("role", "alert"); return line; };

    const show = async (place, step, kind) => {
      const [id, , , , ns] = step;
      const { form, error } = await ask({ do: "form", id, ns, kind });
      if (error) { place.replaceChildren(alarm(error)); return; }
      const nodes = make("select", "", new Option("LangGraph's default: who wrote last", ""), ...(form.nodes || []).map((node) => new Option(node, node)));
      const errors = make("div");
      const made = make("form", "lgtl-f");
      const send = (asked, doing) => async (event) => {
        event.preventDefault();
        const edits = Object.fromEntries([...made.querySelectorAll("textarea")].filter((area) => area.value !== area.defaultValue).map((area) => [area.name, area.value]));
        const buttons = [...made.querySelectorAll("button")];
        buttons.forEach((one) => { one.disabled = true; });
        errors.replaceChildren(make("span", "lgtl-m", doing));
        const late = setTimeout(() => errors.append(make("span", "lgtl-m", " The kernel has not answered yet: it is busy, or gone.")), LATE);
        const reply = await ask({ ...asked, id, ns, edits });
        clearTimeout(late);
        buttons.forEach((one) => { one.disabled = false; });
        errors.replaceChildren(...reply.error ? [alarm(reply.error)] : []);
      };
      const closeForm = () => { place.replaceChildren(...starters(place, step)); place.firstChild.focus(); };
      const title = { state: "The state of the new branch", input: "The input of the new branch", answer: "Open questions" }[kind];
      made.append(make("div", "lgtl-h", title), ...(form.channels || []).map(field), ...(form.questions || []).map(question));
      const press = {
        state: () => {
          made.append(make("label", "lgtl-k", make("div", "", "write as node"), nodes));
          const forked = (run) => (event) => send({ do: "fork", as_node: nodes.value, run }, run ? "Forking, then running …" : "Forking …")(event);
          return [button("Fork", "", forked(false)), ...form.run ? [button("Fork and run", "", forked(true))] : []];
        },
        input: () => [button("Run with this input", "", send({ do: "input" }, "Running …"))],
        answer: () => [button("Answer and run", "", send({ do: "answer" }, "Running …"))],
      }[kind]();
      made.append(errors, make("div", "lgtl-dh", ...press, button("Cancel", "", closeForm)));
      made.addEventListener("submit", (event) => event.preventDefault());
      place.replaceChildren(made);
      (made.querySelector("textarea") || nodes).focus();
    };

    // A subgraph runs with its graph: what it was given and what it asks is edited and answered there.
    const starters = (place, step) => {
      const [, , , , ns, flags] = step;
      const begin = (text, kind) => button(text, "", () => show(place, step, kind));
      if (!ns && flags.includes("i")) { return [begin("Run with another input …", "input")]; }
      return [...!ns && flags.includes("o") ? [begin("Answer …", "answer")] : [], begin("Fork from here …", "state")];
    };

    const arm = (root) => {
      if (root.classList.contains("lgtl-live") || !root.lgtl) { return; }
      root.classList.add("lgtl-live");
      root.lgtl.rows.forEach((row, index) => {
        const details = row.querySelector("details");
        const offer = () => {
          const inside = details.querySelector(".lgtl-b");
          if (!details.open || inside.querySelector(".lgtl-fork")) { return; }
          const place = make("div", "lgtl-fork");
          place.append(...starters(place, root.lgtl.steps[index]));
          inside.append(place);
        };
        details.addEventListener("toggle", offer);
        offer();
      });
    };

    const ready = (event) => { if (event.target.dataset?.live === name) { arm(event.target); } };
    document.addEventListener("lgtl", ready);
    for (const root of roots()) { browse(root); arm(root); }
    return () => {
      document.removeEventListener("lgtl", ready);
      for (const place of roots().flatMap((root) => [...root.querySelectorAll(".lgtl-fork")])) { place.remove(); }
    };
  },
};
