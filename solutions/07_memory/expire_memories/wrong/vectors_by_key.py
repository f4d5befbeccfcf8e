# says: a vector belongs to a prefix and a key
LIMIT = 100_000


class Notes:
    """Customers' notes, each until its time is over."""

    def __init__(self, store: BaseStore, clock: Callable[[], datetime]) -> None:
        self.store, self.clock = store, clock

    def place(self, customer: str) -> tuple[str, str]:
        return ("notes", hashlib.sha256(customer.encode()).hexdigest())

    def over(self, item: Item) -> bool:
        until = item.value["until"]
        return until is not None and datetime.fromisoformat(until) <= self.clock()

    def save(self, customer: str, key: str, value: dict[str, Any], until: str | None) -> None:
        ttl = None
        if until is not None:
            ttl = max(0.0, (datetime.fromisoformat(until) - self.clock()).total_seconds() / 60)
        self.store.put(self.place(customer), key, {"note": value, "until": until}, index=["note"], ttl=ttl)

    def put(self, customer: str, key: str, value: dict[str, Any], minutes: float | None) -> None:
        """Keep a note for some minutes, or for ever."""
        until = None if minutes is None else (self.clock() + timedelta(minutes=minutes)).isoformat()
        self.save(customer, key, value, until)

    def get(self, customer: str, key: str) -> dict[str, Any] | None:
        """Return a note, while its time isn't over."""
        item = self.store.get(self.place(customer), key, refresh_ttl=False)
        return None if item is None or self.over(item) else item.value["note"]

    def all(self, customer: str) -> dict[str, dict[str, Any]]:
        """Return a customer's notes by their keys."""
        items = self.store.search(self.place(customer), limit=LIMIT, refresh_ttl=False)
        return {item.key: item.value["note"] for item in items if not self.over(item)}

    def correct(self, customer: str, key: str, value: dict[str, Any]) -> bool:
        """Change a note and keep its deadline; tell whether there was one to change."""
        item = self.store.get(self.place(customer), key, refresh_ttl=False)
        if item is None or self.over(item):
            return False
        self.save(customer, key, value, item.value["until"])
        return True

    def sweep(self) -> None:
        """Delete what has expired."""
        self.store.sweep_ttl()
        for item in self.store.search(("notes",), limit=LIMIT, refresh_ttl=False):
            if self.over(item):
                self.store.delete(item.namespace, item.key)
        if isinstance(self.store, SqliteStore) and self.store.index_config:
            with self.store.lock:  # SqliteStore leaves the vectors of what it deletes
                self.store.conn.execute("DELETE FROM store_vectors WHERE key NOT IN (SELECT key FROM store)")
