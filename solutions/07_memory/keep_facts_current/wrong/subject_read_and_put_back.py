# says: at the same time
def place(customer):
    if not customer:
        raise ValueError("whose facts?")
    return ("facts", customer.encode().hex())


def note(store, customer, fact):
    item = store.get(place(customer), fact["subject"])
    facts = item.value["facts"] if item else []
    if fact not in facts:
        store.put(place(customer), fact["subject"], {"facts": [fact, *facts]})


def recall(store, customer):
    found = {}
    items = store.search(place(customer), limit=10_000)
    for fact in sorted(
        (fact for item in items for fact in item.value["facts"]),
        key=lambda fact: fact["said_at"],
        reverse=True,
    ):
        found.setdefault(fact["subject"], []).append(fact)
    return found
