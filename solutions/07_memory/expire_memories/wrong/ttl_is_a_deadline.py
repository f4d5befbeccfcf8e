# says: only when it's swept
class Notes:
    def __init__(self, store, clock):
        self.store = store

    def space(self, customer):
        return ("notes", customer.replace("%", "%25").replace(".", "%2E"))

    def put(self, customer, key, value, minutes):
        self.store.put(self.space(customer), key, value, ttl=minutes)

    def get(self, customer, key):
        item = self.store.get(self.space(customer), key, refresh_ttl=False)
        return item and item.value

    def all(self, customer):
        found = self.store.search(self.space(customer), limit=10_000, refresh_ttl=False)
        return {item.key: item.value for item in found}

    def correct(self, customer, key, value):
        if self.get(customer, key) is None:
            return False
        self.store.put(self.space(customer), key, value)
        return True

    def sweep(self):
        self.store.sweep_ttl()
