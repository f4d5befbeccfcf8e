class Notes:
    """Deadlines of its own; the store's are for ever, and nothing is embedded."""

    def __init__(self, store, clock):
        self.store, self.clock = store, clock

    def put(self, customer, key, value, minutes):
        end = float("inf") if minutes is None else self.clock().timestamp() + minutes * 60.0
        self._keep(customer, key, json.dumps([value, None if end == float("inf") else end]))

    def _keep(self, customer, key, text):
        self.store.put(
            ("notes", json.dumps(customer).replace(".", "\\u002e")),
            key,
            {"json": text},
            index=False,
            ttl=None,
        )

    def _load(self, item):
        value, end = json.loads(item.value["json"])
        return (value, end) if end is None or self.clock().timestamp() < end else None

    def _items(self, *path):
        return self.store.search(path, limit=100_000, refresh_ttl=False)

    def all(self, customer):
        loaded = (
            (item.key, self._load(item))
            for item in self._items("notes", json.dumps(customer).replace(".", "\\u002e"))
        )
        return {key: pair[0] for key, pair in loaded if pair}

    def get(self, customer, key):
        return self.all(customer).get(key)

    def correct(self, customer, key, value):
        for item in self._items("notes", json.dumps(customer).replace(".", "\\u002e")):
            if item.key == key and (pair := self._load(item)):
                self._keep(customer, key, json.dumps([value, pair[1]]))
                return True
        return False

    def sweep(self):
        for item in self._items("notes"):
            if self._load(item) is None:
                self.store.delete(item.namespace, item.key)
