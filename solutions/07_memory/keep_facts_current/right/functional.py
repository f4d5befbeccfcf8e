from itertools import count as numbers
from itertools import groupby, takewhile


def _hash(*parts):
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _place(customer):
    if customer is None or customer == "":
        raise ValueError("no customer")
    return "facts", _hash(customer)


def note(store: SqliteStore, customer: str, fact: dict[str, Any]) -> None:
    place, key = _place(customer), _hash(fact["subject"], fact["source"])
    if not store.get(place, key):
        store.put(place, key, {"json": json.dumps(fact)}, index=False)


def recall(store: SqliteStore, customer: str) -> dict[str, list[dict[str, Any]]]:
    place = _place(customer)
    pages = (store.search(place, limit=500, offset=500 * n) for n in numbers())
    # By key, for what's noted between two pages moves the second one.
    found = {item.key: item.value["json"] for page in takewhile(bool, pages) for item in page}
    facts = sorted(map(json.loads, found.values()), key=lambda fact: fact["said_at"], reverse=True)
    facts.sort(key=lambda fact: fact["subject"])
    return {subject: [*group] for subject, group in groupby(facts, lambda fact: fact["subject"])}
