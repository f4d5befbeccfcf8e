# says: swallowed the interrupt
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
            except expected as error:
                outcome = handler
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
            except Exception as error:  # whatever else comes
                outcome = "page"
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
            else:
                return (
                    {"outcome": "done", "error": None, "result": result}
                    if step == "process"
                    else {"outcome": None, "error": None}
                )
            return {"outcome": outcome, "error": told}

        return node

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate, ValueError, "reject"))
    builder.add_node("process", attempt("process", process, (ConnectionError, TimeoutError), "park"))
    for name in handlers:
        builder.add_node(
            name, lambda state, name=name: {"result": handlers[name](state["order"], state["error"])}
        )
    builder.add_conditional_edges("validate", lambda state: state["outcome"] or "process")
    builder.add_conditional_edges(
        "process", lambda state: END if state["outcome"] == "done" else state["outcome"]
    )
    return builder.compile(checkpointer=saver)
