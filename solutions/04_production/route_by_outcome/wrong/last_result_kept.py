# says: the last order's: clear `outcome` and `result`
def build_orders(saver, validate, process, handlers):
    class Order(TypedDict, total=False):
        order: dict[str, Any]
        outcome: str | None
        error: dict[str, str] | None
        result: str | None

    def where_to(step, problem):
        if step == "validate" and isinstance(problem, ValueError):
            return "reject"
        if step == "process" and isinstance(problem, (ConnectionError, TimeoutError)):
            return "park"
        return "page"

    def failure(step, problem):
        error = {"step": step, "type": type(problem).__name__, "message": str(problem)}
        return {"outcome": where_to(step, problem), "error": error}

    def forget(state):
        return {"outcome": None, "error": None}

    def validating(state):
        try:
            validate(state["order"])
        except GraphBubbleUp:
            raise
        except Exception as problem:
            return failure("validate", problem)
        return {"outcome": None}

    def processing(state):
        try:
            text = process(state["order"])
        except GraphBubbleUp:
            raise
        except Exception as problem:
            return failure("process", problem)
        return {"outcome": "done", "result": text}

    def handling(name):
        return lambda state: {"result": handlers[name](state["order"], state["error"])}

    builder = StateGraph(Order)
    builder.add_node("forget", forget).add_node("validate", validating).add_node("process", processing)
    for name in ("reject", "park", "page"):
        builder.add_node(name, handling(name))
    builder.add_edge(START, "forget").add_edge("forget", "validate")
    builder.add_conditional_edges(
        "validate", lambda s: s["outcome"] or "process", ["process", "reject", "park", "page"]
    )
    builder.add_conditional_edges(
        "process", lambda s: END if s["outcome"] == "done" else s["outcome"], [END, "reject", "park", "page"]
    )
    return builder.compile(checkpointer=saver)
