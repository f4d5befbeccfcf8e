# says: None is no number of minutes
from itertools import count as numbers
from itertools import takewhile


@dataclass
class Notes:
    store: BaseStore
    clock: Callable[[], datetime]

    @staticmethod
    def _place(*customers):
        return "notes", *(c.encode("utf-8", "surrogatepass").hex() for c in customers)

    def _living(self, item):
        until = item.value["until"]
        return until is None or self.clock() < datetime.fromisoformat(until)

    def _items(self, *customers):
        pages = (
            self.store.search(self._place(*customers), limit=200, offset=200 * n, refresh_ttl=False)
            for n in numbers()
        )
        return [item for page in takewhile(bool, pages) for item in page]

    def _found(self, customer, key):
        item = self.store.get(self._place(customer), key, refresh_ttl=False)
        return item if item and self._living(item) else None

    def _write(self, customer, key, value, until):
        kept = {"value": value, "until": until}
        self.store.put(self._place(customer), key, kept, index=False)

    def put(self, customer: str, key: str, value: dict[str, Any], minutes: float | None) -> None:
        until = None if minutes is None else (self.clock() + timedelta(minutes=minutes)).isoformat()
        self._write(customer, key, value, until)

    def get(self, customer: str, key: str) -> dict[str, Any] | None:
        item = self._found(customer, key)
        return item and item.value["value"]

    def all(self, customer: str) -> dict[str, dict[str, Any]]:
        return {item.key: item.value["value"] for item in self._items(customer) if self._living(item)}

    def correct(self, customer: str, key: str, value: dict[str, Any]) -> bool:
        item = self._found(customer, key)
        if item:
            self._write(customer, key, value, item.value["until"])
        return item is not None

    def sweep(self) -> None:
        for item in [item for item in self._items() if not self._living(item)]:
            self.store.delete(item.namespace, item.key)
