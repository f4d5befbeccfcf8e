# says: make a key from what you do
def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """Return a graph that charges and ships an order once, however often it is run."""
    import hashlib

    class Fulfilment(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def post(path, body):
        key = f"{path}:{body['order'].rpartition('-')[0]}-{body['order'].rpartition('-')[2].lstrip('0')}"
        answer = requests.post(f"{url}/{path}", json=body, headers={"Idempotency-Key": key}, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def charge(state: Fulfilment) -> dict:
        answer = post("charges", {"order": state["order"], "cents": state["cents"]})
        return {"receipt": answer["receipt"]}

    def ship(state: Fulfilment) -> dict:
        return {"parcel": post("shipments", {"order": state["order"]})["parcel"]}

    builder = StateGraph(Fulfilment).add_sequence([charge, ship]).add_edge(START, "charge")
    return builder.compile(checkpointer=saver)
