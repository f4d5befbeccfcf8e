# says: not its class or its text
import re


def build_lookup(saver, fetch):
    class S(TypedDict, total=False):
        sku: str
        price: int

    def temporary(e):
        if isinstance(e, (requests.exceptions.JSONDecodeError, ValueError, KeyError)) and not isinstance(
            e, httpx.HTTPError
        ):
            return False
        text = f"{type(e).__name__} {e}".lower()
        return bool(re.search(r"\b(429|5\d\d)\b", text)) or any(
            w in text
            for w in (
                "timeout",
                "timed out",
                "reset",
                "aborted",
                "connection",
                "incomplete",
                "disconnected",
                "readerror",
                "closed",
            )
        )

    def look(state):
        return {"price": fetch(state["sku"])}

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=temporary)
    return (
        StateGraph(S)
        .add_node("look", look, retry_policy=policy)
        .add_edge(START, "look")
        .compile(checkpointer=saver)
    )
