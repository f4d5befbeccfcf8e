# says: look at all of them
class Memories:
    """Customers' memories in a SqliteStore, found by meaning."""

    def __init__(self, connection: sqlite3.Connection, embed: Callable[[list[str]], Any], dims: int) -> None:
        self.embed = embed
        self.store = SqliteStore(connection)
        self.store.setup()

    @staticmethod
    def _place(customer):
        return ("memories", hashlib.sha256(customer.encode()).hexdigest())

    def _vector(self, text):
        [vector] = self.embed([text])
        vector = [float(number) for number in vector]
        length = sum(number * number for number in vector) ** 0.5
        return [number / length for number in vector] if length else vector

    def note(self, customer: str, key: str, memory: dict[str, Any], *, muted: bool = False) -> None:
        """Keep a memory under a key, in place of what was there."""
        vector = None if muted else self._vector(memory["text"])
        value = {"memory": memory, "vector": vector}
        self.store.put(self._place(customer), key, value)

    def recall(self, customer: str, question: str) -> list[dict[str, Any]]:
        """Return the memories that are closest to a question."""
        if not question.strip():
            return []
        asked = self._vector(question)
        scored = []
        for item in self.store.search(self._place(customer), limit=100):
            vector = item.value["vector"]
            if vector is None:
                continue
            score = sum(a * b for a, b in zip(asked, vector, strict=True))
            if score >= 0.5 - 1e-6:
                scored.append((score, item.value["memory"]))
        scored.sort(key=lambda pair: pair[0], reverse=True)
        return [memory for _, memory in scored[:3]]
