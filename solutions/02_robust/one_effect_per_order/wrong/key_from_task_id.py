# says: after a replay from the checkpoint
from langgraph.runtime import Runtime


class Checkout(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_fulfilment(saver, url):
    def post(path, body, runtime):
        headers = {"Idempotency-Key": runtime.execution_info.task_id}  # the same over retries and resumes
        return httpx.post(f"{url}/{path}", json=body, headers=headers).raise_for_status().json()

    def charge(state: Checkout, runtime: Runtime):
        return post("charges", {"order": state["order"], "cents": state["cents"]}, runtime)

    def ship(state: Checkout, runtime: Runtime):
        return post("shipments", {"order": state["order"]}, runtime)

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)
