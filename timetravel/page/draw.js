// Draws what differs: short where it can be, all of it where that is asked for.

const LINES = 14;
const LETTERS = 600;
const MOST = 60;
// JupyterLab would take the arrow keys, Enter and letters for its own commands: these keep theirs.
const KEYS = ["button", "input", "select", "textarea"];

// An element. Text is always text: no value is ever read as HTML.
const make = (tag, classes, ...inside) => {
  const element = document.createElement(tag);
  if (classes) { element.className = classes; }
  if (KEYS.includes(tag)) { element.dataset.lmSuppressShortcuts = "true"; }
  element.append(...inside);
  return element;
};

const button = (text, classes, press) => {
  const made = make("button", classes, text);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
};

// A value, cut short where it is long, with a way to see all of it.
const excerpt = (values, [path, sign, ref]) => {
  const whole = values.text(ref);
  const short = whole.split("\n").slice(0, LINES).join("\n").slice(0, LETTERS);
  const line = make("span", `lgtl-x ${sign === "+" ? "add" : "del"}`, `${sign}\u00a0`, make("span", "lgtl-path", path && `${path}\u00a0`), short);
  if (values.cut(ref)) { line.append(make("span", "lgtl-m", ` … cut: this page holds ${whole.length} of ${values.cut(ref)} characters`)); }
  if (short.length === whole.length) { return [line]; }
  const text = line.childNodes[2];
  text.data += " …";
  const more = button(`Show all ${whole.length} characters`, "lgtl-more", () => { text.data = whole; more.remove(); });
  return [line, more];
};

// Two long texts: only the lines that differ.
const lineByLine = (values, gone, fresh) => {
  const [old, now] = [gone, fresh].map((ref) => values.text(ref).split("\n"));
  const found = [];
  let at = 0;
  for (const [less, more, start, place] of runs(old, now).steps) {
    if (start > at) { found.push(make("span", "lgtl-x", `  … ${start - at} same line${start - at > 1 ? "s" : ""}`)); }
    found.push(...less.map((line) => make("span", "lgtl-x del", `− ${line}`)));
    found.push(...more.map((line) => make("span", "lgtl-x add", `+ ${line}`)));
    at = start + less.length;
  }
  return found;
};

const drawn = (values, lines) => {
  const block = make("pre");
  const many = (from, to) => {
    for (let i = from; i < Math.min(to, lines.length); i += 1) {
      const [path, sign, ref] = lines[i];
      const next = lines[i + 1];
      if (sign === "−" && next && next[0] === path && next[1] === "+" && [ref, next[2]].every((one) => values.text(one).includes("\n"))) {
        block.append(make("span", "lgtl-path", path), ...lineByLine(values, ref, next[2]));
        i += 1;
      } else { block.append(...excerpt(values, lines[i])); }
    }
  };
  many(0, MOST);
  if (lines.length <= MOST) { return [block]; }
  const rest = button(`Show the other ${lines.length - MOST} lines`, "lgtl-more", () => { many(MOST, lines.length); rest.remove(); });
  return [block, rest];
};
