# says: the edges of a failed node are not followed
from langgraph.errors import NodeError


class Orders(TypedDict, total=False):
    order: dict
    outcome: str | None
    error: dict | None
    result: Any


def build_orders(saver, validate, process, handlers):
    expected = {
        "validate": (ValueError, "reject"),
        "process": ((ConnectionError, TimeoutError), "park"),
    }

    def on_error(state, error: NodeError):
        kinds, handler = expected[error.node]
        told = {"step": error.node, "type": type(error.error).__name__, "message": str(error.error)}
        # The router after the node sees this, and goes to the handler.
        return {"outcome": handler if isinstance(error.error, kinds) else "page", "error": told}

    def check_order(state):
        validate(state["order"])
        return {"outcome": None, "error": None}

    def process_order(state):
        return {"result": process(state["order"]), "outcome": "done", "error": None}

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", check_order, error_handler=on_error)
    builder.add_node("process", process_order, error_handler=on_error)
    for name in handlers:
        builder.add_node(
            name, lambda state, name=name: {"result": handlers[name](state["order"], state["error"])}
        )
    builder.add_conditional_edges("validate", lambda state: state["outcome"] or "process")
    builder.add_conditional_edges(
        "process", lambda state: END if state["outcome"] == "done" else state["outcome"]
    )
    return builder.compile(checkpointer=saver)
