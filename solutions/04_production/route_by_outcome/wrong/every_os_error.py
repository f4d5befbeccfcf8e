# says: Name those two
class OrderState(TypedDict, total=False):
    order: dict[str, Any]
    outcome: str | None
    error: dict[str, str] | None
    result: str | None


CLEAN = {"outcome": None, "error": None, "result": None}
PARKED = OSError  # ConnectionError and TimeoutError are both OSErrors


def build_orders(
    saver: BaseCheckpointSaver,
    validate: Callable[[dict[str, Any]], object],
    process: Callable[[dict[str, Any]], str],
    handlers: dict[str, Callable[[dict[str, Any], dict[str, str]], str]],
) -> CompiledStateGraph:
    """Return a graph that sends each kind of failure to the node that handles it."""

    def failed(step: str, name: str, exc: Exception) -> Command:
        error = {"step": step, "type": type(exc).__name__, "message": str(exc)}
        return Command(update={**CLEAN, "error": error}, goto=name)

    def validate_node(state: OrderState) -> Command:
        try:
            validate(state["order"])
        except GraphBubbleUp:
            raise
        except ValueError as exc:
            return failed("validate", "reject", exc)
        except Exception as exc:
            return failed("validate", "page", exc)
        return Command(update=CLEAN, goto="process")

    def process_node(state: OrderState) -> Command:
        try:
            text = process(state["order"])
        except GraphBubbleUp:
            raise
        except PARKED as exc:
            return failed("process", "park", exc)
        except Exception as exc:
            return failed("process", "page", exc)
        return Command(update={"outcome": "done", "error": None, "result": text}, goto=END)

    def handler_node(name: str) -> Callable[[OrderState], dict[str, Any]]:
        def handle(state: OrderState) -> dict[str, Any]:
            return {"outcome": name, "result": handlers[name](state["order"], state["error"])}

        return handle

    builder = StateGraph(OrderState)
    builder.add_node("validate", validate_node, destinations=("process", "reject", "page"))
    builder.add_node("process", process_node, destinations=("park", "page", END))
    builder.add_edge(START, "validate")
    for name in ("reject", "park", "page"):
        builder.add_node(name, handler_node(name))
        builder.add_edge(name, END)
    return builder.compile(checkpointer=saver)
