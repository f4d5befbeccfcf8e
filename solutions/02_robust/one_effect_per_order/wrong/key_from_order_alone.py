# says: make a key from what you do
class Checkout(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_fulfilment(saver, url):
    def post(path, body):
        headers = {"Idempotency-Key": body["order"]}  # the order is the business key
        return httpx.post(f"{url}/{path}", json=body, headers=headers).raise_for_status().json()

    def charge(state):
        return post("charges", {"order": state["order"], "cents": state["cents"]})

    def ship(state):
        return post("shipments", {"order": state["order"]})

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)
