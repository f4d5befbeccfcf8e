# says: do you record it as done before it's done, or
class Checkout(TypedDict, total=False):
    order: str
    cents: int
    receipt: str
    parcel: str


def build_fulfilment(saver, url):
    def post(path, body):
        with sqlite3.connect("effects.db") as db:  # noted first, so that it is never done twice
            db.execute("create table if not exists done (what primary key)")
            new = db.execute("insert or ignore into done values (?)", (f"{path} {body['order']}",)).rowcount
        return httpx.post(f"{url}/{path}", json=body).raise_for_status().json() if new else {}

    def charge(state):
        return post("charges", {"order": state["order"], "cents": state["cents"]})

    def ship(state):
        return post("shipments", {"order": state["order"]})

    builder = StateGraph(Checkout).add_node(charge).add_node(ship)
    builder.add_edge(START, "charge").add_edge("charge", "ship")
    return builder.compile(checkpointer=saver)
