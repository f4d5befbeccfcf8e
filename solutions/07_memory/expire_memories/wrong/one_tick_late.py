# says: the clock stood still
class Notes:
    """Customers' notes, each until its time is over."""

    def __init__(self, store: BaseStore, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.clock = clock

    def _space(self, customer):
        return ("notes", hashlib.sha256(customer.encode("utf-8", "surrogatepass")).hexdigest())

    def _alive(self, item):
        if item is None:
            return False
        until = item.value["until"]
        return until is None or self.clock() <= datetime.fromisoformat(until)

    def _put(self, customer, key, value, until):
        self.store.put(self._space(customer), key, {"value": value, "until": until}, index=False, ttl=None)

    def put(self, customer: str, key: str, value: dict[str, Any], minutes: float | None) -> None:
        """Keep a note for some minutes, or for ever."""
        until = None if minutes is None else (self.clock() + timedelta(minutes=minutes)).isoformat()
        self._put(customer, key, value, until)

    def get(self, customer: str, key: str) -> dict[str, Any] | None:
        """Return a note, while its time isn't over."""
        item = self.store.get(self._space(customer), key, refresh_ttl=False)
        return item.value["value"] if self._alive(item) else None

    def all(self, customer: str) -> dict[str, dict[str, Any]]:
        """Return a customer's notes by their keys."""
        items = self.store.search(self._space(customer), limit=1_000_000, refresh_ttl=False)
        return {item.key: item.value["value"] for item in items if self._alive(item)}

    def correct(self, customer: str, key: str, value: dict[str, Any]) -> bool:
        """Change a note and keep its deadline; tell whether there was one to change."""
        item = self.store.get(self._space(customer), key, refresh_ttl=False)
        if not self._alive(item):
            return False
        self._put(customer, key, value, item.value["until"])
        return True

    def sweep(self) -> None:
        """Delete what has expired."""
        for item in self.store.search(("notes",), limit=1_000_000, refresh_ttl=False):
            if not self._alive(item):
                self.store.delete(item.namespace, item.key)
