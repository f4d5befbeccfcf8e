# says: `ship` may begin only after an answer
def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """Return a graph that charges and ships an order once, however often it is run."""
    import hashlib

    class Fulfilment(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def post(path, body):
        key = hashlib.sha256(f"{path} {body['order']}".encode()).hexdigest()
        answer = requests.post(f"{url}/{path}", json=body, headers={"Idempotency-Key": key}, timeout=10)
        answer.raise_for_status()
        return answer.json()

    begun = set()

    def charge(state: Fulfilment) -> dict:
        if state["order"] in begun:
            return {"receipt": state.get("receipt", "")}
        begun.add(state["order"])
        answer = post("charges", {"order": state["order"], "cents": state["cents"]})
        return {"receipt": answer["receipt"]}

    def ship(state: Fulfilment) -> dict:
        return {"parcel": post("shipments", {"order": state["order"]})["parcel"]}

    builder = StateGraph(Fulfilment).add_sequence([charge, ship]).add_edge(START, "charge")
    return builder.compile(checkpointer=saver)
