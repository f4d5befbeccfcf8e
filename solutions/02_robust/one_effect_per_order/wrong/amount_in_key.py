# says: whatever the amount
# The amount is in the key, so that no known key comes with another body.
def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """Return a graph that charges and ships an order once, however often it is run."""

    class Order(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        # The same request has the same key, whichever process or thread sends it. Another body under a
        # known key would be a 409, so the key names all that's in it.
        key = "/".join([path, *(str(value) for value in body.values())])
        response = httpx.post(f"{url}/{path}", json=body, headers={"Idempotency-Key": key}, timeout=30)
        response.raise_for_status()
        return response.json()

    def charge(state: Order) -> Order:
        return {"receipt": post("charges", {"order": state["order"], "cents": state["cents"]})["receipt"]}

    def ship(state: Order) -> Order:
        return {"parcel": post("shipments", {"order": state["order"]})["parcel"]}

    # Busy, or cut off: the key makes it safe to ask again.
    again = RetryPolicy(
        max_attempts=3, initial_interval=0.1, retry_on=(httpx.TransportError, httpx.HTTPStatusError)
    )
    builder = StateGraph(Order)
    builder.add_node("charge", charge, retry_policy=again).add_node("ship", ship, retry_policy=again)
    builder.add_edge(START, "charge").add_edge("charge", "ship").add_edge("ship", END)
    return builder.compile(checkpointer=saver)
