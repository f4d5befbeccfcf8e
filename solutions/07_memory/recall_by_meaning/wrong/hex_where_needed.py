# says: no two get the same
class Memories:
    """Customers' memories in a SqliteStore, found by meaning."""

    def __init__(self, connection: sqlite3.Connection, embed: Callable[[list[str]], Any], dims: int) -> None:
        # `fields`, which the other stores read, is ignored here: the whole value would be embedded.
        index = {"dims": dims, "embed": embed, "text_fields": ["text"]}
        self._store = SqliteStore(connection, index=index)
        self._store.setup()

    def note(self, customer: str, key: str, memory: dict[str, Any], *, muted: bool = False) -> None:
        """Keep a memory under a key, in place of what was there."""
        # A put with index=False would leave the old vector, so that a muted memory could still be found.
        value = {"text": memory["text"], "memory": memory, "muted": muted}
        self._store.put(self._namespace(customer), key, value)

    def recall(self, customer: str, question: str) -> list[dict[str, Any]]:
        """Return the memories that are closest to a question."""
        if not question.strip():
            return []  # to the store, an empty query is none
        found = self._store.search(
            self._namespace(customer), query=question, filter={"muted": False}, limit=3
        )
        return [item.value["memory"] for item in found if item.score is not None and item.score >= 0.5]

    def _namespace(self, customer: str) -> tuple[str, ...]:
        if customer.isalnum():
            return ("memories", customer)
        return ("memories", customer.encode().hex())  # no label may hold a dot
