# says: only the new one may find it
def place(shelf: str, customer: str) -> tuple[str, str, str]:
    return ("memories", shelf, hashlib.sha256(customer.encode()).hexdigest())


class Memories:
    """Customers' memories in a SqliteStore, found by meaning."""

    def __init__(self, connection: sqlite3.Connection, embed: Callable[[list[str]], Any], dims: int) -> None:
        self.connection = connection
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["text"]})
        self.store.setup()

    def has_vector(self, namespace: tuple[str, ...], key: str) -> bool:
        query = "SELECT 1 FROM store_vectors WHERE prefix = ? AND key = ?"
        return self.connection.execute(query, (".".join(namespace), key)).fetchone() is not None

    def note(self, customer: str, key: str, memory: dict[str, Any], *, muted: bool = False) -> None:
        """Keep a memory under a key, in place of what was there."""
        here, muted_here = place("open", customer), place("muted", customer)
        value = {"text": memory["text"], "memory": memory}
        if muted:
            self.store.delete(here, key)
            self.store.put(muted_here, key, value, index=False)
            return
        old = self.store.get(here, key) or self.store.get(muted_here, key)
        # A text that hasn't changed needn't be paid for again: its vector is still there.
        same = old is not None and old.value["text"] == memory["text"] and self.has_vector(here, key)
        self.store.put(here, key, value, index=False if same else None)
        self.store.delete(muted_here, key)

    def recall(self, customer: str, question: str) -> list[dict[str, Any]]:
        """Return the memories that are closest to a question."""
        if not question.strip():
            return []
        items = self.store.search(place("open", customer), query=question, limit=3)
        return [item.value["memory"] for item in items if item.score is not None and item.score >= 0.5]
