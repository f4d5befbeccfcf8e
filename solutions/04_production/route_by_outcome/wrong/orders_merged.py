# says: don't merge orders
def build_orders(
    saver: BaseCheckpointSaver,
    validate: Callable[[dict[str, Any]], object],
    process: Callable[[dict[str, Any]], str],
    handlers: dict[str, Callable[[dict[str, Any], dict[str, str]], str]],
) -> CompiledStateGraph:
    """Return a graph that sends each kind of failure to the node that handles it."""

    class Orders(TypedDict, total=False):
        order: Annotated[dict[str, Any], operator.or_]
        outcome: str | None  # None while the order is under way
        error: dict[str, str] | None
        result: Any

    def step_node(
        step: str, run: Callable[[dict[str, Any]], Any], expected: tuple[type[Exception], ...], handler: str
    ) -> Callable[[Orders], Orders]:
        def node(state: Orders) -> Orders:
            try:
                result = run(state["order"])
            except GraphBubbleUp:  # how `interrupt` pauses a run: not a failure
                raise
            except Exception as error:
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
                outcome = handler if isinstance(error, expected) else "page"
                return {"outcome": outcome, "error": told, "result": None}
            if step == "validate":  # what it returned is nobody's to keep
                return {"outcome": None, "error": None}
            return {"outcome": "done", "result": result}

        return node

    def handler_node(name: str) -> Callable[[Orders], Orders]:
        return lambda state: {"result": handlers[name](state["order"], state["error"])}

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", step_node("validate", validate, (ValueError,), "reject"))
    builder.add_node("process", step_node("process", process, (ConnectionError, TimeoutError), "park"))
    for name in ("reject", "park", "page"):
        builder.add_node(name, handler_node(name))
    builder.add_conditional_edges(
        "validate", lambda state: state["outcome"] or "process", ["process", "reject", "page"]
    )
    builder.add_conditional_edges(
        "process", lambda state: state["outcome"], {"done": END, "park": "park", "page": "page"}
    )
    return builder.compile(checkpointer=saver)
