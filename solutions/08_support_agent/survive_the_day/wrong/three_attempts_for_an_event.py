# says: may each be busy twice
# Counts three attempts for the whole event, not for each of its calls.
from course.support_agent.forget import forget
from course.support_agent.sessions import Door

ATTEMPTS = 3


def open_door(path: str, model: Any, shop: Any) -> Callable[[dict[str, Any]], list[str]]:
    """Open the desk over a file, and return the function that serves an event."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    door = Door(path, model, shop)

    def patiently(first, again):
        """Call, and after a ConnectionError go on with what was begun."""
        call = first
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return call()
            except ConnectionError:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(0.02 * attempt)
                call = again
        return None

    def answers_to(thread: str, id: str) -> list[str]:
        messages = door.graph.get_state({"configurable": {"thread_id": thread}}).values.get("messages", [])
        places = [n for n, message in enumerate(messages) if message.id == id]
        texts = []
        for message in messages[places[0] + 1 :] if places else []:
            if isinstance(message, HumanMessage):
                break
            if isinstance(message, AIMessage) and message.text:
                texts.append(message.text)
        return texts

    def serve(event: dict[str, Any]) -> list[str]:
        if event["kind"] == "message":

            def say():
                door.say(event["customer"], event["thread"], event["text"], id=event["id"])

            patiently(say, say)  # a known id isn't answered again: it finishes what was begun
            return answers_to(event["thread"], event["id"])
        if event["kind"] == "answer":

            def recover():
                return door.recover(event["thread"])

            patiently(recover, recover)
            turn = patiently(lambda: door.answer(event["staff"], event["thread"], event["answer"]), recover)
            return turn.replies
        forget(door, event["customer"])
        return []

    return serve
