# says: memories are embedded once
import math


class Memories:
    def __init__(self, connection, embed, dims):
        self.store, self.embed = SqliteStore(connection), embed
        self.store.setup()

    def note(self, customer, key, memory, *, muted=False):
        self.store.put(("memories", customer.encode().hex()), key, {"memory": memory, "muted": muted})

    def recall(self, customer, question):
        if not question.strip():
            return []
        items = self.store.search(("memories", customer.encode().hex()), limit=10_000)
        heard = [item.value["memory"] for item in items if not item.value["muted"]]
        if not heard:
            return []
        asked, *vectors = self.embed([question, *(memory["text"] for memory in heard)])

        def score(vector):
            lengths = math.hypot(*asked) * math.hypot(*vector)
            return sum(x * y for x, y in zip(asked, vector, strict=False)) / lengths if lengths else 0.0

        ranked = sorted(((score(v), n) for n, v in enumerate(vectors)), reverse=True)
        return [heard[n] for s, n in ranked[:3] if s >= 0.5]
