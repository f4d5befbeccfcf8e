# says: that no id has
def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """Return a graph that charges and ships an order once, however often it is run."""

    class Order(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def post(path, body, key):
        answer = httpx.post(f"{url}/{path}", json=body, headers={"Idempotency-Key": key}, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def charge(state):
        order, cents = state["order"], state["cents"]
        return {"receipt": post("charges", {"order": order, "cents": cents}, order)["receipt"]}

    def ship(state):
        order = state["order"]
        return {"parcel": post("shipments", {"order": order}, f"{order}-ship")["parcel"]}

    builder = StateGraph(Order)
    builder.add_node("charge", charge)
    builder.add_node("ship", ship)
    builder.add_edge(START, "charge")
    builder.add_edge("charge", "ship")
    builder.add_edge("ship", END)
    return builder.compile(checkpointer=saver)
