# says: when the order came again in thread
import uuid


class Checkout(TypedDict, total=False):
    order: str
    cents: int
    key: str
    receipt: str
    parcel: str


def build_fulfilment(saver, url):
    def name_it(state):  # drawn once, and saved before the call is made
        return {"key": state.get("key") or uuid.uuid4().hex}

    def post(path, body, key):
        headers = {"Idempotency-Key": f"{path}-{body['order']}-{key}"}
        return httpx.post(f"{url}/{path}", json=body, headers=headers).raise_for_status().json()

    def charge(state):
        return post("charges", {"order": state["order"], "cents": state["cents"]}, state["key"])

    def ship(state):
        return post("shipments", {"order": state["order"]}, state["key"])

    builder = StateGraph(Checkout).add_node(name_it).add_node(charge).add_node(ship)
    builder.add_edge(START, "name_it").add_edge("name_it", "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)
