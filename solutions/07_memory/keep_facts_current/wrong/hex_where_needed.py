# says: of another customer
def place(customer):
    if not customer:
        raise ValueError("whose facts?")
    return ("facts", customer if customer.isalnum() else customer.encode().hex())


def note(store, customer, fact):
    key = json.dumps([fact["subject"], fact["source"]])
    store.put(place(customer), key, fact)


def recall(store, customer):
    found = {}
    items = store.search(place(customer), limit=10_000)
    for fact in sorted((item.value for item in items), key=lambda fact: fact["said_at"], reverse=True):
        found.setdefault(fact["subject"], []).append(fact)
    return found
