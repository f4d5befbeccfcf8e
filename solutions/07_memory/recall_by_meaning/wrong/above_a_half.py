# says: that score 0.5 and 0.485
class Memories:
    """Customers' memories in a SqliteStore, found by meaning."""

    def __init__(self, connection: sqlite3.Connection, embed: Callable[[list[str]], Any], dims: int) -> None:
        self.db = connection
        index = {"dims": dims, "embed": embed, "text_fields": ["text"]}
        self.store = SqliteStore(connection, index=index)
        self.store.setup()

    def _space(self, customer):
        return ("memories", hashlib.sha256(customer.encode("utf-8", "surrogatepass")).hexdigest())

    def note(self, customer: str, key: str, memory: dict[str, Any], *, muted: bool = False) -> None:
        """Keep a memory under a key, in place of what was there."""
        space = self._space(customer)
        with self.store.lock:
            self.db.execute("delete from store_vectors where prefix = ? and key = ?", (".".join(space), key))
        self.store.put(space, key, memory, index=False if muted else None)

    def recall(self, customer: str, question: str) -> list[dict[str, Any]]:
        """Return the memories that are closest to a question."""
        if not question.strip():
            return []
        found = self.store.search(self._space(customer), query=question, limit=3)
        return [item.value for item in found if item.score is not None and item.score > 0.5]
