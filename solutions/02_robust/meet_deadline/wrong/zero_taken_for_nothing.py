# says: 0 is a price
# %% [before]
class Race:
    """Runs a blocking function in a daemon thread; `result` waits until a moment and no longer."""

    def __init__(self, function, *args):
        self.box = queue.Queue()
        threading.Thread(target=self.run, args=(function, args), daemon=True).start()

    def run(self, function, args):
        try:
            self.box.put((function(*args), None))
        except BaseException as error:
            self.box.put((None, error))

    def result(self, until):
        value, error = self.box.get(timeout=max(0, until - time.monotonic()))
        if error:
            raise error
        return value


# %% [answer]
def quote_by(db_path: str, order: str, ask: Callable[[str], int], seconds: float) -> int | None:
    until = time.monotonic() + seconds

    class Quotes(TypedDict):
        quotes: Annotated[list[int], operator.add]

    config = {"configurable": {"thread_id": order}}
    with SqliteSaver.from_conn_string(db_path) as saver:
        graph = (
            StateGraph(Quotes)
            .add_node("keep", lambda s: None)
            .add_edge(START, "keep")
            .compile(checkpointer=saver)
        )
        held = graph.get_state(config).values.get("quotes")
        if held:
            return held[0]
        try:
            price = Race(ask, order).result(until)
        except queue.Empty:
            return None
        if not price:
            return None
        graph.update_state(config, {"quotes": [price]}, as_node="keep")
        return price
