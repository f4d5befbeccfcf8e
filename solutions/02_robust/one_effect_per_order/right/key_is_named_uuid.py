import uuid

from langgraph.func import task
from langgraph.types import Command


class Purchase(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_fulfilment(saver, url):
    """Tasks make the calls, a node names the one that follows, and the key is a UUID made from a name."""

    @task
    def post(address: str, body: dict) -> dict:
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{address}?order={body['order']}"))
        with httpx.Client(headers={"Idempotency-Key": key}) as client:
            answer = client.post(address, json=body)
        if answer.status_code != 200:
            raise RuntimeError(f"the provider says {answer.status_code}")
        return answer.json()

    def charge(state: Purchase) -> Command:
        paid = post(f"{url}/charges", {"order": state["order"], "cents": state["cents"]}).result()
        return Command(update=paid, goto="ship")

    def ship(state: Purchase) -> dict:
        return post(f"{url}/shipments", {"order": state["order"]}).result()

    builder = StateGraph(Purchase).add_node("charge", charge).add_node("ship", ship).add_edge(START, "charge")
    return builder.compile(checkpointer=saver)
