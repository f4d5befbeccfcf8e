# says: A checkpoint is saved after the call
class Checkout(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_fulfilment(saver, url):
    def charge(state):  # each step is saved, so a step that ran does not run again
        body = {"order": state["order"], "cents": state["cents"]}
        return httpx.post(f"{url}/charges", json=body).raise_for_status().json()

    def ship(state):
        return httpx.post(f"{url}/shipments", json={"order": state["order"]}).raise_for_status().json()

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)
