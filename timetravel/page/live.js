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
      const scrolled = root.querySelector(".lgtl-rows").scrollTop;
      const focused = root.contains(document.activeElement);
      document.adoptNode(fresh);
      root.replaceWith(fresh);
      browse(fresh, picked());
      fresh.lgtl.steps.forEach(([id], index) => { if (opened.has(id)) { fresh.lgtl.rows[index].querySelector("details").open = true; } });
      fresh.querySelector(".lgtl-rows").scrollTop = scrolled;
      const index = fresh.lgtl.steps.findIndex((step) => step[0] === made);
      const row = fresh.lgtl.rows[index];
      if (row) {
        row.classList.add("lgtl-new");
        if (focused) { row.querySelector("summary").focus(); }
        row.scrollIntoView({ block: "nearest" });
      }
      fresh.lgtl.say.textContent = error ? "" : `Forked: the new branch begins with ${fresh.lgtl.steps[index]?.[3]}.`;
      if (error) { fresh.lgtl.say.append(alarm(error)); }
    };

    const alarm = (text) => { const line = make("span", "lgtl-q bad", text); line.setAttribute("role", "alert"); return line; };

    const show = async (place, id) => {
      const { form, error } = await ask({ do: "form", id });
      if (error) { place.replaceChildren(alarm(error)); return; }
      const nodes = make("select", "", new Option("LangGraph's default: who wrote last", ""), ...form.nodes.map((node) => new Option(node, node)));
      const errors = make("div");
      const made = make("form", "lgtl-f");
      const send = (run) => async (event) => {
        event.preventDefault();
        const edits = Object.fromEntries([...made.querySelectorAll("textarea")].filter((area) => area.value !== area.defaultValue).map((area) => [area.name, area.value]));
        const buttons = [...made.querySelectorAll("button")];
        buttons.forEach((one) => { one.disabled = true; });
        errors.replaceChildren(make("span", "lgtl-m", run ? "Forking, then running …" : "Forking …"));
        const late = setTimeout(() => errors.append(make("span", "lgtl-m", " The kernel has not answered yet: it is busy, or gone.")), LATE);
        const reply = await ask({ do: "fork", id, edits, as_node: nodes.value, run });
        clearTimeout(late);
        buttons.forEach((one) => { one.disabled = false; });
        errors.replaceChildren(...reply.error ? [alarm(reply.error)] : []);
      };
      const closeForm = () => { place.replaceChildren(starter(place, id)); place.firstChild.focus(); };
      made.append(make("div", "lgtl-h", "The state of the new branch"), ...form.channels.map(field), make("label", "lgtl-k", make("div", "", "write as node"), nodes), errors);
      made.append(make("div", "lgtl-dh", button("Fork", "", send(false)), ...form.run ? [button("Fork and run", "", send(true))] : [], button("Cancel", "", closeForm)));
      made.addEventListener("submit", (event) => event.preventDefault());
      place.replaceChildren(made);
      (made.querySelector("textarea") || nodes).focus();
    };

    const starter = (place, id) => button("Fork from here …", "", () => show(place, id));

    const arm = (root) => {
      if (root.classList.contains("lgtl-live") || !root.lgtl) { return; }
      root.classList.add("lgtl-live");
      root.lgtl.rows.forEach((row, index) => {
        const details = row.querySelector("details");
        const offer = () => {
          const inside = details.querySelector(".lgtl-b");
          if (!details.open || inside.querySelector(".lgtl-fork")) { return; }
          const place = make("div", "lgtl-fork");
          place.append(starter(place, root.lgtl.steps[index][0]));
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
