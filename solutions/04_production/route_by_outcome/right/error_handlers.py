from langgraph.errors import NodeError


class Handling(TypedDict, total=False):
    order: dict
    outcome: str
    error: dict | None
    result: str


def build_orders(saver, validate, process, handlers):
    """LangGraph's own error handlers, which no interrupt reaches; a `Command` leads on from them."""

    def on_error(state: Handling, error: NodeError) -> Command[Literal["reject", "park", "page"]]:
        expected = {"validate": ValueError, "process": (ConnectionError, TimeoutError)}[error.node]
        usual = {"validate": "reject", "process": "park"}[error.node]
        name = usual if isinstance(error.error, expected) else "page"
        told = {"step": error.node, "type": type(error.error).__name__, "message": f"{error.error}"}
        return Command(update={"error": told, "outcome": name, "result": None}, goto=name)

    def validated(state: Handling):
        validate(state["order"])

    def processed(state: Handling):
        return {"result": process(state["order"]), "outcome": "done", "error": None}

    builder = StateGraph(Handling)
    builder.add_node("validate", validated, error_handler=on_error)
    builder.add_node("process", processed, error_handler=on_error)
    builder.add_edge(START, "validate").add_edge("validate", "process").add_edge("process", END)
    for name, handle in handlers.items():
        builder.add_node(
            name, lambda state, handle=handle: {"result": handle(state["order"], state["error"])}
        )
    return builder.compile(checkpointer=saver)
