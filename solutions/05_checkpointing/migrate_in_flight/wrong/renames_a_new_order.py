# says: isn't this one's
class Order(TypedDict, total=False):
    customer: str
    cents: int
    approved: bool
    parcel: str
    log: Annotated[list[str], operator.add]


class Stored(Order, total=False):
    client: str  # only orders of version 1 have it


def upgrade(
    saver: BaseCheckpointSaver,
    threads: list[str],
    price: Callable[[str], int],
    deliver: Callable[[str, int, bool], str],
) -> CompiledStateGraph:
    """Return version 2 of the order graph, which also brings every order of version 1 to its end."""

    def quote(order: Stored) -> dict[str, Any]:
        customer = order["customer"]
        return {"cents": price(customer), "log": ["quote"]}

    def approve(order: Stored) -> dict[str, Any]:
        customer = order["customer"]
        answer = interrupt(f"{customer}, {order['cents']}?")
        return {"approved": answer, "log": ["approve"]}

    def ship(order: Stored) -> dict[str, Any]:
        customer = order["customer"]
        parcel = deliver(customer, order["cents"], order["approved"])
        return {"parcel": parcel, "log": ["ship"]}

    builder = StateGraph(Stored, output_schema=Order)
    builder.add_sequence([("quote", quote), ("approve", approve), ("ship", ship)])
    builder.add_edge(START, "quote")
    # Orders of version 1 wait here, and what they wait for has this name in it.
    builder.add_node("review", approve)
    builder.add_edge("review", "ship")
    graph = builder.compile(checkpointer=saver)

    for thread in threads:
        config = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
        saved = saver.get_tuple(config)
        if saved is None or not graph.get_state(config).tasks:
            continue  # never run, or finished
        checkpoint = saved.checkpoint
        values, versions = checkpoint["channel_values"], checkpoint["channel_versions"]
        if "client" in values and values.get("customer") != values["client"]:
            # The same checkpoint again, with the same id, so that its pending writes stay with it.
            values["customer"] = values["client"]
            versions["customer"] = versions["client"]
            saver.put(
                saved.parent_config or config, checkpoint, saved.metadata, {"customer": versions["customer"]}
            )
    return graph
