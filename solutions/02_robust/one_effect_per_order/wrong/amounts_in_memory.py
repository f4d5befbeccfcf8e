# says: whatever the amount
AMOUNTS: dict[str, int] = {}


def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """The amount is part of the key; an order that comes with another one is refused here."""

    class Fulfilment(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def post(path, key, body):
        answer = requests.post(f"{url}/{path}", json=body, headers={"Idempotency-Key": key}, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def charge(state: Fulfilment) -> dict:
        order, cents = state["order"], state["cents"]
        if AMOUNTS.setdefault(order, cents) != cents:
            raise ValueError(f"{order} was charged with {AMOUNTS[order]} cents")
        return post("charges", f"charge/{order}/{cents}", {"order": order, "cents": cents})

    def ship(state: Fulfilment) -> dict:
        return post("shipments", f"ship/{state['order']}", {"order": state["order"]})

    builder = StateGraph(Fulfilment).add_sequence([charge, ship]).add_edge(START, "charge")
    return builder.compile(checkpointer=saver)
