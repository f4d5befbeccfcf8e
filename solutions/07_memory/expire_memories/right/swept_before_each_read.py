class Notes:
    """Sweeps before it reads, so that the database's own clock decides."""

    def __init__(self, store, clock):
        self.store, self.now = store, clock
        connection = getattr(store, "conn", None)
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA foreign_keys = ON")

    def _ns(self, customer):
        return ("customer-" + hashlib.sha256(customer.encode()).hexdigest(),)

    def put(self, customer, key, value, minutes):
        end = None if minutes is None else (self.now() + timedelta(minutes=minutes)).isoformat()
        if minutes == 0:
            self.store.delete(self._ns(customer), key)
            return
        self.store.put(self._ns(customer), key, {"v": value, "end": end}, ttl=minutes)

    def _read(self, customer, key):
        self.store.sweep_ttl()
        return self.store.get(self._ns(customer), key, refresh_ttl=False)

    def get(self, customer, key):
        item = self._read(customer, key)
        return None if item is None else item.value["v"]

    def all(self, customer):
        self.store.sweep_ttl()
        notes, page = {}, None
        while page is None or len(page) == 100:
            page = self.store.search(self._ns(customer), limit=100, offset=len(notes), refresh_ttl=False)
            notes |= {item.key: item.value["v"] for item in page}
        return notes

    def correct(self, customer, key, value):
        item = self._read(customer, key)
        if item is None:
            return False
        end = item.value["end"]
        left = None if end is None else (datetime.fromisoformat(end) - self.now()) / timedelta(minutes=1)
        self.store.put(self._ns(customer), key, {"v": value, "end": end}, ttl=left)
        return True

    def sweep(self):
        self.store.sweep_ttl()
