def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """Return a graph that charges and ships an order once, however often it is run."""

    ### BEGIN SOLUTION
    class Checkout(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        # The key is what the business calls this effect; it knows of no attempt, run, thread or process.
        headers = {"Idempotency-Key": f"{path}/{body['order']}"}
        return httpx.post(f"{url}/{path}", json=body, headers=headers).raise_for_status().json()

    def charge(state: Checkout) -> dict[str, Any]:
        return post("charges", {"order": state["order"], "cents": state["cents"]})

    def ship(state: Checkout) -> dict[str, Any]:
        return post("shipments", {"order": state["order"]})

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)
    ### END SOLUTION
