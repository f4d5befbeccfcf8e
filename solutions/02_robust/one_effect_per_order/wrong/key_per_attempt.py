# says: you sent different keys
def build_fulfilment(saver: BaseCheckpointSaver, url: str) -> CompiledStateGraph:
    """A busy provider is asked again, each time with a key of its own."""

    class Order(TypedDict, total=False):
        order: str
        cents: int
        receipt: str
        parcel: str

    def temporary(error: BaseException) -> bool:
        match error:
            case httpx.HTTPStatusError(response=response):
                return response.status_code == 503
            case httpx.TransportError():
                return True
        return False

    def poster(path: str, sent: tuple[str, ...], got: str) -> Callable[[Order], Order]:
        def post(state: Order) -> Order:
            body = {name: state[name] for name in sent}
            for attempt in range(3):
                key = f"{path}:{state['order']}:{attempt}"
                answer = httpx.post(f"{url}/{path}", json=body, headers={"Idempotency-Key": key})
                if answer.status_code != 503:
                    break
            answer.raise_for_status()
            return {got: answer.json()[got]}

        return post

    again = RetryPolicy(max_attempts=3, initial_interval=0.05, jitter=False, retry_on=temporary)
    builder = StateGraph(Order)
    builder.add_node("charge", poster("charges", ("order", "cents"), "receipt"), retry_policy=again)
    builder.add_node("ship", poster("shipments", ("order",), "parcel"), retry_policy=again)
    builder.add_edge(START, "charge").add_edge("charge", "ship").add_edge("ship", END)
    return builder.compile(checkpointer=saver)
