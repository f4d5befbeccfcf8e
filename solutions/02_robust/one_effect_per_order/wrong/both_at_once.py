# says: look at your edges
def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """Charges and ships at the same time, to save a round trip."""

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
        body = {"order": state["order"], "cents": state["cents"]}
        return post("charges", f"charge/{state['order']}", body)

    def ship(state: Fulfilment) -> dict:
        return post("shipments", f"ship/{state['order']}", {"order": state["order"]})

    builder = StateGraph(Fulfilment).add_node(charge).add_node(ship)
    return builder.add_edge(START, "charge").add_edge(START, "ship").compile(checkpointer=saver)
