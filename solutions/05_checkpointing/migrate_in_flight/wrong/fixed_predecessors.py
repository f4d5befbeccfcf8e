# says: `as_node` must be
from langgraph.types import Overwrite


def upgrade(saver, threads, price, deliver):
    class OldOrder(TypedDict, total=False):
        client: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    class Order(TypedDict, total=False):
        customer: str
        cents: int
        approved: bool
        parcel: str
        log: Annotated[list[str], operator.add]

    def quote(order):
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order):
        return {"approved": interrupt(f"{order['customer']}, {order['cents']}?"), "log": ["approve"]}

    def ship(order):
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    old = StateGraph(OldOrder).add_sequence(
        [(name, lambda order: {}) for name in ("quote", "review", "ship")]
    )
    old = old.add_edge(START, "quote").compile(checkpointer=saver)
    new = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    new = new.compile(checkpointer=saver)
    new_name = {"quote": "quote", "review": "approve", "ship": "ship"}
    before = {"quote": "quote", "review": "quote", "ship": "approve"}  # what failed in `quote` was in `quote`
    for thread in threads:
        config = {"configurable": {"thread_id": thread}}
        snapshot = old.get_state(config)
        if not snapshot.tasks or "client" not in snapshot.values:
            continue
        (task,) = snapshot.tasks
        has_run = task.result is not None
        values = {name: value for name, value in snapshot.values.items() if name != "client"}
        values |= {"customer": snapshot.values["client"], "log": Overwrite(values.get("log", []))}
        new.update_state(config, values, as_node=new_name[task.name] if has_run else before[task.name])
    return new
