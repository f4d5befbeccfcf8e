# says: put at a whole second
class Notes:
    """Customers' notes, each until its time is over."""

    def __init__(self, store: BaseStore, clock: Callable[[], datetime]) -> None:
        self.store, self.clock = store, clock

    def _place(self, customer: str) -> tuple[str, ...]:
        return ("notes", hashlib.sha256(customer.encode("utf-8", "surrogatepass")).hexdigest())

    def _lives(self, item: Any) -> bool:
        until = item.value["until"]
        return until is None or until > self.clock().isoformat().replace("+00:00", "Z")

    def put(self, customer: str, key: str, value: dict[str, Any], minutes: float | None) -> None:
        """Keep a note for some minutes, or for ever."""
        until = None
        if minutes is not None:
            until = (self.clock() + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        self.store.put(self._place(customer), key, {"note": value, "until": until}, ttl=minutes)

    def _living(self, customer: str, key: str) -> Any:
        item = self.store.get(self._place(customer), key, refresh_ttl=False)
        return item if item is not None and self._lives(item) else None

    def get(self, customer: str, key: str) -> dict[str, Any] | None:
        """Return a note, while its time isn't over."""
        item = self._living(customer, key)
        return None if item is None else item.value["note"]

    def all(self, customer: str) -> dict[str, dict[str, Any]]:
        """Return a customer's notes by their keys."""
        found = self.store.search(self._place(customer), limit=1_000_000, refresh_ttl=False)
        return {item.key: item.value["note"] for item in found if self._lives(item)}

    def correct(self, customer: str, key: str, value: dict[str, Any]) -> bool:
        """Change a note and keep its deadline; tell whether there was one to change."""
        item = self._living(customer, key)
        if item is None:
            return False
        until = item.value["until"]
        left = None if until is None else (datetime.fromisoformat(until) - self.clock()).total_seconds() / 60
        self.store.put(item.namespace, key, {"note": value, "until": until}, ttl=left)
        return True

    def sweep(self) -> None:
        """Delete what has expired."""
        self.store.sweep_ttl()
        if isinstance(self.store, SqliteStore):  # it has no working foreign keys: vectors stay behind
            with self.store._cursor() as cursor:
                cursor.execute(
                    "DELETE FROM store_vectors WHERE NOT EXISTS (SELECT 1 FROM store"
                    " WHERE store.prefix = store_vectors.prefix AND store.key = store_vectors.key)"
                )
