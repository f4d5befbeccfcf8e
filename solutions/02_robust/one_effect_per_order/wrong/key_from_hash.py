# says: `hash()` differs
def build_fulfilment(saver, url):
    class Order(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def post(path, key, body):
        answer = requests.post(f"{url}/{path}", json=body, headers={"Idempotency-Key": key}, timeout=5)
        answer.raise_for_status()
        return answer.json()

    def charge(state):
        body = {"order": state["order"], "cents": state["cents"]}
        return {"receipt": post("charges", str(hash(("charge", state["order"]))), body)["receipt"]}

    def ship(state):
        return {"parcel": post("shipments", "ship:" + state["order"], {"order": state["order"]})["parcel"]}

    return (
        StateGraph(Order).add_sequence([charge, ship]).add_edge(START, "charge").compile(checkpointer=saver)
    )
