# says: which step had raised it
class Orders(TypedDict, total=False):
    order: dict
    outcome: str | None
    error: dict | None
    result: Any


def build_orders(saver, validate, process, handlers):
    def attempt(step, run):
        def node(state):
            try:
                result = run(state["order"])
            except GraphBubbleUp:
                raise
            except Exception as error:
                # The class of an error says what kind of error it is.
                kinds = {ValueError: "reject", ConnectionError: "park", TimeoutError: "park"}
                outcome = next((kinds[kind] for kind in kinds if isinstance(error, kind)), "page")
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
                return {"outcome": outcome, "error": told}
            return (
                {"outcome": "done", "error": None, "result": result}
                if step == "process"
                else {"outcome": None, "error": None}
            )

        return node

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate)).add_node(
        "process", attempt("process", process)
    )
    for name in handlers:
        builder.add_node(
            name, lambda state, name=name: {"result": handlers[name](state["order"], state["error"])}
        )
    builder.add_conditional_edges("validate", lambda state: state["outcome"] or "process")
    builder.add_conditional_edges(
        "process", lambda state: END if state["outcome"] == "done" else state["outcome"]
    )
    return builder.compile(checkpointer=saver)
