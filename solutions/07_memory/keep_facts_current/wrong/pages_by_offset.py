# says: what an `offset` counts
def place(customer):
    if not customer:
        raise ValueError("whose facts?")
    return ("facts", customer.encode().hex())


def note(store, customer, fact):
    key = json.dumps([fact["subject"], fact["source"]])
    if store.get(place(customer), key) is None:
        store.put(place(customer), key, fact)


def recall(store, customer):
    items, found = [], {}
    while page := store.search(place(customer), limit=100, offset=len(items)):
        items += page
    for fact in sorted((item.value for item in items), key=lambda fact: fact["said_at"], reverse=True):
        found.setdefault(fact["subject"], []).append(fact)
    return found
