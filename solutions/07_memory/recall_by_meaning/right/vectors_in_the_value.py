import math


def cosine(one, other):
    lengths = math.sqrt(sum(x * x for x in one)) * math.sqrt(sum(x * x for x in other))
    return sum(x * y for x, y in zip(one, other, strict=True)) / lengths if lengths else 0.0


class Memories:
    """A store without an index: the vector is a part of the value."""

    def __init__(self, connection, embed, dims):
        self._store, self._embed = SqliteStore(connection), embed
        self._store.setup()

    def note(self, customer, key, memory, *, muted=False):
        vector = None if muted else [float(x) for x in self._embed([memory["text"]])[0]]
        self._store.put(("by-hex", customer.encode("utf-8").hex()), key, {"m": memory, "v": vector})

    def recall(self, customer, question):
        if question.strip() == "":
            return []
        (asked,) = self._embed([question])
        items = self._store.search(("by-hex", customer.encode("utf-8").hex()), limit=10**9)
        audible = [item.value for item in items if item.value["v"] is not None]
        scored = [(cosine(asked, value["v"]), value["m"]) for value in audible]
        scored.sort(key=lambda pair: pair[0], reverse=True)
        return [memory for score, memory in scored if score >= 0.5][:3]
