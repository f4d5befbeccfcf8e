# says: and not the values
from langgraph.types import Overwrite


class Order(TypedDict, total=False):
    customer: str
    cents: int
    approved: bool
    parcel: str
    log: Annotated[list[str], operator.add]


class Stored(Order, total=False):
    client: str


def upgrade(
    saver: BaseCheckpointSaver,
    threads: list[str],
    price: Callable[[str], int],
    deliver: Callable[[str, int, bool], str],
) -> CompiledStateGraph:
    """Return version 2 of the order graph, which also brings every order of version 1 to its end."""

    def quote(order: Order) -> dict[str, Any]:
        return {"cents": price(order["customer"]), "log": ["quote"]}

    def approve(order: Order) -> dict[str, Any]:
        answer = interrupt(f"{order['customer']}, {order['cents']}?")
        return {"approved": answer, "log": ["approve"]}

    def ship(order: Order) -> dict[str, Any]:
        return {"parcel": deliver(order["customer"], order["cents"], order["approved"]), "log": ["ship"]}

    builder = StateGraph(Order).add_sequence([("quote", quote), ("approve", approve), ("ship", ship)])
    graph = builder.add_edge(START, "quote").compile(checkpointer=saver)

    # Version 1 without its work: only to read what it saved, with what was saved on its own.
    nodes = [(name, lambda order: {}) for name in ("quote", "review", "ship")]
    old = StateGraph(Stored).add_sequence(nodes).add_edge(START, "quote").compile(checkpointer=saver)

    for thread in threads:
        config = {"configurable": {"thread_id": thread}}
        values = dict(old.get_state(config).values)
        if "client" not in values or "customer" in values or "parcel" in values:
            continue  # of version 2, or finished
        update = {"customer": values.pop("client")}
        if "cents" not in values:
            graph.update_state(config, update, as_node=START)
            continue
        update |= {**values, "log": Overwrite(values["log"])}
        graph.update_state(config, update, as_node="approve" if "approved" in values else "quote")
    return graph
