# says: has no attribute 'conn'
class Notes:
    """Asks SQLite what has expired."""

    def __init__(self, store, clock):
        self.store = store
        self.store.conn.execute("pragma foreign_keys = on")

    def _where(self, customer):
        return ("notes", customer.encode().hex())

    def _alive(self, customer, key="%"):
        return self.store.conn.execute(
            "select key, ttl_minutes, (julianday(expires_at) - julianday('now')) * 1440 from store"
            " where prefix = ? and (key = ? or ? = '%') and (expires_at is null or julianday(expires_at) > julianday('now'))",
            (".".join(self._where(customer)), key, key),
        ).fetchall()

    def put(self, customer, key, value, minutes):
        self.store.put(self._where(customer), key, value, ttl=minutes)

    def get(self, customer, key):
        if not self._alive(customer, key):
            return None
        return self.store.get(self._where(customer), key, refresh_ttl=False).value

    def all(self, customer):
        return {key: self.get(customer, key) for key, _, _ in self._alive(customer)}

    def correct(self, customer, key, value):
        rows = self._alive(customer, key)
        if not rows:
            return False
        self.store.put(self._where(customer), key, value, ttl=rows[0][2])
        return True

    def sweep(self):
        self.store.sweep_ttl()
