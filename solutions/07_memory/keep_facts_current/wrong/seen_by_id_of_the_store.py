# says: keep nothing in a variable
SEEN = set()  # saves a query


def place(customer):
    if not customer:
        raise ValueError("whose facts?")
    return ("facts", customer.encode().hex())


def note(store, customer, fact):
    key = json.dumps([fact["subject"], fact["source"]])
    seen = (id(store), customer, key)
    if seen not in SEEN and store.get(place(customer), key) is None:
        store.put(place(customer), key, fact)
    SEEN.add(seen)


def recall(store, customer):
    found = {}
    items = store.search(place(customer), limit=10_000)
    for fact in sorted((item.value for item in items), key=lambda fact: fact["said_at"], reverse=True):
        found.setdefault(fact["subject"], []).append(fact)
    return found
