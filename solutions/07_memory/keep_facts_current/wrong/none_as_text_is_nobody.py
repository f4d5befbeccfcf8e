# says: nor made into text
def place(customer):
    name = str(customer)
    if name in ("", "None"):
        raise ValueError("whose facts?")
    return ("facts", hashlib.sha256(name.encode()).hexdigest())


def note(store, customer, fact):
    key = json.dumps([fact["subject"], fact["source"]])
    store.put(place(customer), key, fact)


def recall(store, customer):
    found = {}
    items = store.search(place(customer), limit=10_000)
    for fact in sorted((item.value for item in items), key=lambda fact: fact["said_at"], reverse=True):
        found.setdefault(fact["subject"], []).append(fact)
    return found
