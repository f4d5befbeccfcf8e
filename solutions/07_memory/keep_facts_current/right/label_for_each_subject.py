def label(text):
    return "x" + "".join(f"{ord(letter):x}_" for letter in text)


def note(store, customer, fact):
    if customer in (None, ""):
        raise ValueError(customer)
    subject, source = fact["subject"], fact["source"]
    where, key = ("memory", label(customer), label(subject)), source + "#"
    if not store.get(where, key):
        store.put(where, key, {"fact": fact})


def recall(store, customer):
    if customer in (None, ""):
        raise ValueError(customer)
    facts = [i.value["fact"] for i in store.search(("memory", label(customer)), limit=1_000_000)]
    return {
        subject: sorted(
            (f for f in facts if f["subject"] == subject), key=lambda f: f["said_at"], reverse=True
        )
        for subject in {f["subject"] for f in facts}
    }
