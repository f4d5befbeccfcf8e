# says: beyond a NUL
def note(store, customer, fact):
    if not customer:
        raise ValueError("whose facts?")
    key = json.dumps([customer, fact["subject"], fact["source"]])
    if store.get(("facts",), key) is None:
        store.put(("facts",), key, {"customer": customer, "fact": fact})


def recall(store, customer):
    if not customer:
        raise ValueError("whose facts?")
    found = {}
    items = store.search(("facts",), filter={"customer": customer}, limit=10_000)
    for fact in sorted(
        (item.value["fact"] for item in items), key=lambda fact: fact["said_at"], reverse=True
    ):
        found.setdefault(fact["subject"], []).append(fact)
    return found
