# says: never came to the node
class Orders(TypedDict, total=False):
    order: dict
    outcome: str | None
    error: dict | None
    result: Any


def build_orders(saver, validate, process, handlers):
    def attempt(step, run, expected, handler):
        def node(state):
            try:
                result = run(state["order"])
            except GraphBubbleUp:
                raise
            except Exception as error:
                name = handler if isinstance(error, expected) else "page"
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
                # It is handled on the spot: a node for that would be a detour.
                return {"outcome": name, "error": told, "result": handlers[name](state["order"], told)}
            return (
                {"outcome": "done", "error": None, "result": result}
                if step == "process"
                else {"outcome": None, "error": None}
            )

        return node

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate, ValueError, "reject"))
    builder.add_node("process", attempt("process", process, (ConnectionError, TimeoutError), "park"))
    builder.add_conditional_edges(
        "validate", lambda state: END if state["outcome"] else "process", ["process", END]
    )
    return builder.compile(checkpointer=saver)
