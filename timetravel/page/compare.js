// Says what differs between two values of a table, as small as it can be said: [path, sign, node], sign − or +.

const SEARCH = 250000;

// The shortest way from one list to another, as runs of what is the same, gone and new.
const runs = (one, other) => {
  let start = 0;
  while (start < one.length && start < other.length && one[start] === other[start]) { start += 1; }
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) { end += 1; }
  const a = one.slice(start, one.length - end);
  const b = other.slice(start, other.length - end);
  const steps = a.length * b.length > SEARCH ? [[a, b, start, start]] : middle(a, b, start);
  return { steps, start, end };
};

// The longest common part of two lists, by the table that textbooks draw.
const middle = (a, b, start) => {
  const width = b.length + 1;
  const best = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const skip = Math.max(best[(i + 1) * width + j], best[i * width + j + 1]);
      best[i * width + j] = a[i] === b[j] ? best[(i + 1) * width + j + 1] + 1 : skip;
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [fromI, fromJ] = [i, j];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) { break; }
      if (j >= b.length || (i < a.length && best[(i + 1) * width + j] >= best[i * width + j + 1])) { i += 1; } else { j += 1; }
    }
    if (i > fromI || j > fromJ) { found.push([a.slice(fromI, i), b.slice(fromJ, j), start + fromI, start + fromJ]); }
    while (i < a.length && j < b.length && a[i] === b[j]) { i += 1; j += 1; }
  }
  return found;
};

const differences = (values, one, other) => {
  const found = [];
  const both = (path, a, b) => {
    if (a === b) { return; }
    const kind = values.kind(a);
    if (kind === "text" || kind !== values.kind(b)) { found.push([path, "−", a], [path, "+", b]); return; }
    const [old, now] = [values.expand(a), values.expand(b)];
    if (old instanceof Map) { named(path, kind, old, now); } else { listed(path, old, now); }
  };
  const named = (path, kind, old, now) => {
    const at = (name) => path + (kind === "{" ? `[${name}]` : `.${name}`);
    for (const [name, ref] of now) {
      if (!old.has(name)) { found.push([at(name), "+", ref]); } else { both(at(name), old.get(name), ref); }
    }
    for (const [name, ref] of old) { if (!now.has(name)) { found.push([at(name), "−", ref]); } }
  };
  const listed = (path, old, now) => {
    for (const [gone, fresh, i, j] of runs(old, now).steps) {
      const same = gone.length === fresh.length;
      gone.forEach((ref, n) => same ? both(`${path}[${j + n}]`, ref, fresh[n]) : found.push([`${path}[${i + n}]`, "−", ref]));
      if (!same) { fresh.forEach((ref, n) => found.push([`${path}[${j + n}]`, "+", ref])); }
    }
  };
  both("", one, other);
  return found;
};

// What differs between two states, channel by channel, in the order of the newer one.
const compareStates = (values, one, other) => {
  const [old, now] = [values.expand(one), values.expand(other)];
  const found = [];
  for (const [channel, ref] of now) {
    if (!old.has(channel)) { found.push({ channel, kind: "added", lines: [["", "+", ref]] }); }
    else if (old.get(channel) !== ref) { found.push({ channel, kind: "changed", lines: differences(values, old.get(channel), ref) }); }
  }
  for (const [channel, ref] of old) { if (!now.has(channel)) { found.push({ channel, kind: "removed", lines: [["", "−", ref]] }); } }
  return found;
};
