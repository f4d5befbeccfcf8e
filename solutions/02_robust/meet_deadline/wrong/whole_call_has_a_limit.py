# says: decide when the answer comes
class Quotes(TypedDict):
    quotes: Annotated[list[int], operator.add]


def in_thread(work: Callable[[], Any]) -> Future:
    """Run this in a thread of its own."""
    done = Future()

    def run():
        try:
            done.set_result(work())
        except Exception as problem:
            done.set_exception(problem)

    threading.Thread(target=run, daemon=True).start()
    return done


def quote_by(db_path: str, order: str, ask: Callable[[str], int], seconds: float) -> int | None:
    """The carrier has `seconds`, and all the work together has the grace, too."""
    deadline = time.monotonic() + seconds
    config = {"configurable": {"thread_id": order}}

    def work() -> int | None:
        with closing(sqlite3.connect(db_path, check_same_thread=False, timeout=60)) as connection:
            builder = StateGraph(Quotes).add_node("keep", lambda state: {}).add_edge(START, "keep")
            graph = builder.compile(checkpointer=SqliteSaver(connection))
            known = graph.get_state(config).values.get("quotes")
            if known:
                return known[0]
            answer = in_thread(lambda: ask(order))
            wait([answer], timeout=max(deadline - time.monotonic(), 0))
            if not answer.done():
                return None
            graph.invoke({"quotes": [answer.result()]}, config)
            return answer.result()

    whole = in_thread(work)
    wait([whole], timeout=seconds + 0.6)
    return whole.result() if whole.done() else None
