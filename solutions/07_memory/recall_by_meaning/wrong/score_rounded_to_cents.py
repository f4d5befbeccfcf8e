# says: leave out what
class Memories:
    """Customers' memories in a SqliteStore, found by meaning."""

    def __init__(self, connection: sqlite3.Connection, embed: Callable[[list[str]], Any], dims: int) -> None:
        connection.execute("pragma foreign_keys = on")
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["text"]})
        self.store.setup()

    def _place(self, customer):
        return ("memories", hashlib.sha256(customer.encode()).hexdigest())

    def note(self, customer: str, key: str, memory: dict[str, Any], *, muted: bool = False) -> None:
        """Keep a memory under a key, in place of what was there."""
        self.store.delete(self._place(customer), key)
        self.store.put(self._place(customer), key, {**memory}, index=False if muted else ["text"])

    def recall(self, customer: str, question: str) -> list[dict[str, Any]]:
        """Return the memories that are closest to a question."""
        if not question.strip():
            return []
        found = self.store.search(self._place(customer), query=question, limit=3)
        return [item.value for item in found if item.score is not None and round(item.score, 2) >= 0.5]
