# says: at the same time
def place(customer):
    if not customer:
        raise ValueError("whose facts?")
    return ("facts", customer.encode().hex())


def note(store, customer, fact):
    item = store.get(place(customer), "profile")
    facts = item.value["facts"] if item else []
    if fact not in facts:
        store.put(place(customer), "profile", {"facts": [*facts, fact]})


def recall(store, customer):
    found = {}
    item = store.get(place(customer), "profile")
    for fact in sorted((item.value["facts"] if item else []), key=lambda fact: fact["said_at"], reverse=True):
        found.setdefault(fact["subject"], []).append(fact)
    return found
