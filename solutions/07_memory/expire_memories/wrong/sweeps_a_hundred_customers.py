# says: expired notes are still in the store
class Notes:
    """Customers' notes, each until its time is over."""

    def __init__(self, store: BaseStore, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.clock = clock

    def _place(self, customer: str) -> tuple[str, ...]:
        return ("notes", hashlib.sha256(customer.encode("utf-8", "surrogatepass")).hexdigest())

    def _over(self, item: Item) -> bool:
        until = item.value["__note__"]["until"]
        return until is not None and datetime.fromisoformat(until) <= self.clock()

    def _write(self, customer: str, key: str, value: dict[str, Any], until: str | None) -> None:
        whole = {**value, "__note__": {"value": value, "until": until}}
        self.store.put(self._place(customer), key, whole, ttl=None)

    def _living(self, customer: str, key: str) -> Item | None:
        item = self.store.get(self._place(customer), key, refresh_ttl=False)
        return None if item is None or self._over(item) else item

    def put(self, customer: str, key: str, value: dict[str, Any], minutes: float | None) -> None:
        """Keep a note for some minutes, or for ever."""
        until = None if minutes is None else (self.clock() + timedelta(minutes=minutes)).isoformat()
        self._write(customer, key, value, until)

    def get(self, customer: str, key: str) -> dict[str, Any] | None:
        """Return a note, while its time isn't over."""
        item = self._living(customer, key)
        return None if item is None else item.value["__note__"]["value"]

    def all(self, customer: str) -> dict[str, dict[str, Any]]:
        """Return a customer's notes by their keys."""
        items = self.store.search(self._place(customer), limit=1_000_000, refresh_ttl=False)
        return {item.key: item.value["__note__"]["value"] for item in items if not self._over(item)}

    def correct(self, customer: str, key: str, value: dict[str, Any]) -> bool:
        """Change a note and keep its deadline; tell whether there was one to change."""
        item = self._living(customer, key)
        if item is None:
            return False
        self._write(customer, key, value, item.value["__note__"]["until"])
        return True

    def sweep(self) -> None:
        """Delete what has expired."""
        for place in self.store.list_namespaces(prefix=("notes",)):
            for item in self.store.search(place, limit=10_000, refresh_ttl=False):
                if self._over(item):
                    self.store.delete(place, item.key)
        if (
            isinstance(self.store, SqliteStore) and self.store.index_config
        ):  # which leaves the vectors of what it deletes
            with self.store.lock:
                self.store.conn.execute(
                    "DELETE FROM store_vectors WHERE NOT EXISTS (SELECT 1 FROM store"
                    " WHERE store.prefix = store_vectors.prefix AND store.key = store_vectors.key)"
                )
