# says: another graph's too
from langchain_core.runnables import RunnableConfig


def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: list[dict[str, Any]]

    known: dict[str, list[dict[str, Any]]] = {}

    def put(state: Basket, config: RunnableConfig) -> Basket:
        thread_id = config["configurable"]["thread_id"]
        sku, quantity = state["sku"], state["quantity"]
        lines = known.get(thread_id) or state.get("lines", [])
        changed = [
            {**line, "quantity": line["quantity"] + quantity} if line["sku"] == sku else {**line}
            for line in lines
        ]
        if all(line["sku"] != sku for line in lines):
            changed.append({"sku": sku, "quantity": quantity})
        known[thread_id] = changed
        return {"lines": changed}

    builder = StateGraph(Basket).add_node("put", put)
    builder.add_edge(START, "put").add_edge("put", END)
    return builder.compile(checkpointer=saver)
