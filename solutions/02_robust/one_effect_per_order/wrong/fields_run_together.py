# says: with a separator that no id has
import uuid


class Provider:
    def __init__(self, url):
        self.url, self.http = url, requests.Session()

    def post(self, path, body):
        key = path + "".join(str(v) for v in body.values())
        answer = self.http.post(self.url + path, json=body, headers={"Idempotency-Key": str(key)}, timeout=10)
        answer.raise_for_status()
        return answer.json()


def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    class Order(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    provider = Provider(url)

    def charge(state: Order):
        return provider.post("/charges", {"order": state["order"], "cents": state["cents"]})

    def ship(state: Order):
        return provider.post("/shipments", {"order": state["order"]})

    return (
        StateGraph(Order).add_sequence([charge, ship]).add_edge(START, "charge").compile(checkpointer=saver)
    )
