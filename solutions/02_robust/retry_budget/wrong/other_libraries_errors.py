# says: and `httpx.ConnectError` is not one
def _merged(old: dict[str, str], new: dict[str, str] | None) -> dict[str, str]:
    """Add new references; `None` begins anew."""
    return {} if new is None else {**old, **new}


class _Checkout(TypedDict, total=False):
    order: str
    refs: Annotated[dict[str, str], _merged]


def build_checkout(
    saver: BaseCheckpointSaver, call: Callable[[str, str], str], attempts: int, pause: float, seconds: float
) -> CompiledStateGraph:
    """A lost connection is tried again, whichever library says so."""

    def patiently(step: str, order: str) -> str:
        began = time.monotonic()
        delay = pause
        for attempt in range(1, attempts + 1):
            try:
                return call(step, order)
            except (ConnectionError, requests.ConnectionError, httpx.TransportError) as error:
                if attempt == attempts or time.monotonic() + delay - began > seconds:
                    raise
                last = error
            time.sleep(delay)
            if time.monotonic() - began > seconds:
                raise last
            delay *= 2
        raise AssertionError("attempts is at least 1")

    def node(step: str):
        def run(state: _Checkout) -> _Checkout:
            return {"refs": {step: patiently(step, state["order"])}}

        return run

    def begin(state: _Checkout) -> dict[str, Any]:
        return {"refs": None}

    def chain(*steps: str):
        builder = StateGraph(_Checkout)
        builder.add_sequence([(step, node(step)) for step in steps])
        builder.add_edge(START, steps[0])
        return builder.compile()

    builder = StateGraph(_Checkout)
    builder.add_node("begin", begin)
    builder.add_node("payment", chain("reserve", "charge"))
    builder.add_node("papers", chain("invoice", "mail"))
    builder.add_edge(START, "begin")
    builder.add_edge("begin", "payment")
    builder.add_edge("payment", "papers")
    builder.add_edge("papers", END)
    return builder.compile(checkpointer=saver)
