# says: a key belongs to its customer
class Memories:
    """Customers' memories in a SqliteStore, found by meaning."""

    def __init__(self, connection: sqlite3.Connection, embed: Callable[[list[str]], Any], dims: int) -> None:
        self.connection = connection
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["text"]})
        self.store.setup()

    def place(self, customer: str) -> tuple[str, str]:
        return ("memories", customer.encode().hex())

    def note(self, customer: str, key: str, memory: dict[str, Any], *, muted: bool = False) -> None:
        """Keep a memory under a key, in place of what was there."""
        value = {"text": memory["text"], "memory": memory}
        if not muted:
            self.store.put(self.place(customer), key, value)
            return
        self.store.put(self.place(customer), key, value, index=False)
        with self.store.lock:  # index=False leaves the vector of the old text
            self.connection.execute("DELETE FROM store_vectors WHERE key = ?", (key,))

    def recall(self, customer: str, question: str) -> list[dict[str, Any]]:
        """Return the memories that are closest to a question."""
        if not question.strip():
            return []
        items = self.store.search(self.place(customer), query=question, limit=3)
        return [item.value["memory"] for item in items if item.score is not None and item.score >= 0.5]
