# says: make one label from the whole id
class Notes:
    """Customers' notes, each until its time is over."""

    def __init__(self, store: BaseStore, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        if isinstance(store, SqliteStore):
            store.conn.execute("pragma foreign_keys = on")  # else a vector outlives its note

    def put(self, customer: str, key: str, value: dict[str, Any], minutes: float | None) -> None:
        """Keep a note for some minutes, or for ever."""
        until = None if minutes is None else self._clock().timestamp() + 60 * minutes
        self._write(customer, key, value, until)

    def get(self, customer: str, key: str) -> dict[str, Any] | None:
        """Return a note, while its time isn't over."""
        item = self._store.get(self._space(customer), key, refresh_ttl=False)
        return item.value["note"] if item and self._lives(item) else None

    def all(self, customer: str) -> dict[str, dict[str, Any]]:
        """Return a customer's notes by their keys."""
        items = self._store.search(self._space(customer), limit=1_000_000, refresh_ttl=False)
        return {item.key: item.value["note"] for item in items if self._lives(item)}

    def correct(self, customer: str, key: str, value: dict[str, Any]) -> bool:
        """Change a note and keep its deadline; tell whether there was one to change."""
        item = self._store.get(self._space(customer), key, refresh_ttl=False)
        if item is None or not self._lives(item):
            return False
        self._write(customer, key, value, item.value["until"])
        return True

    def sweep(self) -> None:
        """Delete what has expired."""
        self._store.sweep_ttl()

    def _write(self, customer: str, key: str, value: dict[str, Any], until: float | None) -> None:
        # Not less than a moment, for PostgresStore can't say "1e-05 seconds" to Postgres.
        left = None if until is None else max((until - self._clock().timestamp()) / 60, 0.001)
        # The store's own deadline is for the sweep; nobody looks at it when a note is read.
        self._store.put(self._space(customer), key, {"note": value, "until": until}, ttl=left)

    def _lives(self, item: Item) -> bool:
        until = item.value["until"]
        return until is None or self._clock().timestamp() < until

    def _space(self, customer: str) -> tuple[str, ...]:
        digits = customer.encode().hex()  # no label may hold a dot, nor be hard to read in a dump
        return ("notes", *(digits[at : at + 16] for at in range(0, len(digits), 16)))
