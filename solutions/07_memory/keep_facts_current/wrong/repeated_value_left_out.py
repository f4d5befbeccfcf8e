# says: is missing
def place(customer):
    if not customer:
        raise ValueError("whose facts?")
    return ("facts", customer.encode().hex())


def note(store, customer, fact):
    key = json.dumps([fact["subject"], fact["source"]])
    store.put(place(customer), key, fact)


def recall(store, customer):
    found = {}
    items = store.search(place(customer), limit=10_000)
    for fact in sorted((item.value for item in items), key=lambda fact: fact["said_at"], reverse=True):
        known = found.setdefault(fact["subject"], [])
        if not known or known[-1]["value"] != fact["value"]:
            known.append(fact)
    return found
