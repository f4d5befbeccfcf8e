# says: catch it in the node
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
            except Exception as error:
                if type(error).__module__.startswith("langgraph"):  # LangGraph's own way out
                    raise
                name = handler if isinstance(error, expected) else "page"
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
                return {"outcome": name, "error": told}
            return (
                {"outcome": "done", "error": None, "result": result}
                if step == "process"
                else {"outcome": None, "error": None}
            )

        return node

    def handle(name):
        return lambda state: {"result": handlers[name](state["order"], state["error"])}

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate, (ValueError,), "reject"))
    builder.add_node("process", attempt("process", process, (ConnectionError, TimeoutError), "park"))
    for name in ("reject", "park", "page"):
        builder.add_node(name, handle(name))
    builder.add_conditional_edges("validate", lambda state: state["outcome"] or "process")
    builder.add_conditional_edges(
        "process", lambda state: END if state["outcome"] == "done" else state["outcome"]
    )
    return builder.compile(checkpointer=saver)
