// Reads the table of values that `nodes.py` wrote: what a node is, and how it reads as text.

const WIDE = 76;

const table = (nodes) => {
  const made = new Map();

  // A list or dict may be an edit of an edit of …: go back to one that is known, then forward again.
  const expand = (ref) => {
    const chain = [];
    for (let at = ref; !made.has(at); at = nodes[at].f) {
      chain.push(at);
      if (nodes[at].f === undefined) { break; }
    }
    for (const at of chain.reverse()) { made.set(at, build(nodes[at])); }
    return made.get(ref);
  };

  const build = (node) => {
    const base = node.f === undefined ? undefined : made.get(node.f);
    if (!node.k) { return base ? [...base.slice(0, node.a), ...node.l, ...base.slice(node.a + node.d)] : node.l; }
    const parts = new Map(base);
    for (const name of node.x || []) { parts.delete(name); }
    node.k.forEach((name, index) => parts.set(name, node.l[index]));
    return parts;
  };

  const kind = (ref) => {
    const node = nodes[ref];
    return typeof node === "string" || node.c !== undefined ? "text" : node.o;
  };

  const closing = (opening) => ({ "[": "]", "{": "}" })[opening] || ")";

  // One line if it fits, else one line for each part.
  const text = (ref, depth = 0) => {
    const node = nodes[ref];
    if (typeof node === "string") { return node; }
    if (node.c !== undefined) { return node.c; }
    if (node.t !== undefined) { return node.t; }
    const inside = expand(ref);
    const named = inside instanceof Map;
    const joint = node.o === "{" ? ": " : "=";
    const parts = [...inside].map((part) => named ? part[0] + joint + text(part[1], depth + 1) : text(part, depth + 1));
    const line = node.o + parts.join(", ") + closing(node.o);
    if (line.length <= WIDE - 2 * depth && !line.includes("\n")) { return line; }
    const body = parts.map((part) => "  " + part.replaceAll("\n", "\n  ")).join("\n");
    return node.o + "\n" + body + "\n" + closing(node.o);
  };

  // How long the value is that the page holds the start of; 0 when it holds all.
  const cut = (ref) => nodes[ref].n || 0;

  return { expand, kind, text, cut };
};
