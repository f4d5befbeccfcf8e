# says: though that's days away
class Notes:
    """Customers' notes, each until its time is over."""

    ALL = 10_000_000

    def __init__(self, store: BaseStore, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.clock = clock

    def _now(self) -> int:
        return (self.clock() - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)

    def _place(self, customer):
        return ("notes", hashlib.sha256(customer.encode()).hexdigest())

    def _alive(self, item) -> bool:
        return item is not None and (item.value["until"] is None or self._now() < item.value["until"])

    def _save(self, customer, key, note, until):
        self.store.put(self._place(customer), key, {"note": note, "until": until}, index=False, ttl=None)

    def _read(self, customer, key):
        item = self.store.get(self._place(customer), key, refresh_ttl=False)
        return item if self._alive(item) else None

    def put(self, customer: str, key: str, value: dict[str, Any], minutes: float | None) -> None:
        """Keep a note for some minutes, or for ever."""
        until = None if minutes is None else self._now() + round(minutes * 60_000_000)
        self._save(customer, key, value, until)

    def get(self, customer: str, key: str) -> dict[str, Any] | None:
        """Return a note, while its time isn't over."""
        item = self._read(customer, key)
        return item.value["note"] if item else None

    def all(self, customer: str) -> dict[str, dict[str, Any]]:
        """Return a customer's notes by their keys."""
        found = self.store.search(self._place(customer), limit=self.ALL, refresh_ttl=False)
        return {item.key: item.value["note"] for item in found if self._alive(item)}

    def correct(self, customer: str, key: str, value: dict[str, Any]) -> bool:
        """Change a note and keep its deadline; tell whether there was one to change."""
        item = self._read(customer, key)
        if item is None:
            return False
        until = item.value["until"]
        if until is None:
            self.put(customer, key, value, None)
        else:
            left = timedelta(microseconds=until - self._now())
            self.put(customer, key, value, (left.seconds + left.microseconds / 1e6) / 60)
        return True

    def sweep(self) -> None:
        """Delete what has expired."""
        for item in self.store.search(("notes",), limit=self.ALL, refresh_ttl=False):
            if not self._alive(item):
                self.store.delete(item.namespace, item.key)
