# says: in worker threads
import signal


class Late(Exception):
    pass


def quote_by(db_path, order, ask, seconds):
    class Q(TypedDict):
        quotes: Annotated[list[int], operator.add]

    def ring(*_):
        raise Late

    config = {"configurable": {"thread_id": order}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = (
            StateGraph(Q).add_node("keep", lambda s: None).add_edge(START, "keep").compile(checkpointer=saver)
        )
        held = graph.get_state(config).values.get("quotes")
        if held:
            return held[0]
        old = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            price = ask(order)
        except Late:
            return None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, old)
        graph.invoke({"quotes": [price]}, config)
        return price
